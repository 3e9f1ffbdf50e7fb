using Levare.Networks;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>Networks with adapters, made beside the network that they come from: what no adapter touches they share with it, the rest are copies of their own.</summary>
/// <remarks>The network that they come from is never written to, so taking adapters away is disposing what was made. Either may be disposed first.</remarks>
public static class AdaptedNetwork
{
    /// <summary>A U-Net with adapters.</summary>
    /// <param name="network">The network without them.</param>
    /// <param name="changes">The changes of its weights, each with its weight.</param>
    /// <exception cref="InvalidDataException">A change is not finite; the message names it.</exception>
    public static UNet2DCondition Of(UNet2DCondition network, IEnumerable<(WeightChange Change, double Weight)> changes) =>
        Make(network, () => new UNet2DCondition(network.Config), changes);

    /// <summary>A text encoder with adapters.</summary>
    /// <inheritdoc cref="Of(UNet2DCondition, IEnumerable{ValueTuple{WeightChange, double}})"/>
    public static ClipTextModel Of(ClipTextModel network, IEnumerable<(WeightChange Change, double Weight)> changes) =>
        Make(network, () => new ClipTextModel(network.Config, network.HasProjection), changes);

    /// <summary>Makes a network with adapters.</summary>
    /// <param name="network">The network without them.</param>
    /// <param name="construct">Makes another of its kind with the same settings; its layers come from <see cref="NetworkConstruction"/>'s device.</param>
    /// <param name="changes">The changes of its weights, each with its weight.</param>
    /// <exception cref="InvalidDataException">A change is not finite; the message names it.</exception>
    internal static TNetwork Make<TNetwork>(TNetwork network, Func<TNetwork> construct, IEnumerable<(WeightChange Change, double Weight)> changes)
        where TNetwork : nn.Module
    {
        using var noGradient = no_grad();
        ILookup<string, (WeightChange Change, double Weight)> byKey = changes.ToLookup(weighted => weighted.Change.Key, StringComparer.Ordinal);
        TNetwork adapted;
        using (NetworkConstruction.WithoutWeights()) adapted = construct();
        try
        {
            Dictionary<string, Tensor> originals = network.state_dict();
            foreach ((string key, Tensor target) in adapted.state_dict())
            {
                using Tensor source = byKey.Contains(key) ? Merge(originals[key], byKey[key]) : originals[key].detach();
                NativeTensor.Exchange(target, source);
            }
            adapted.train(network.training);
            return adapted;
        }
        catch
        {
            adapted.Dispose();
            throw;
        }
    }

    /// <summary>A weight with changes: computed in float32, kept in the weight's element type.</summary>
    /// <exception cref="InvalidDataException">A change is not finite; the message names it.</exception>
    internal static Tensor Merge(Tensor weight, IEnumerable<(WeightChange Change, double Weight)> changes)
    {
        using var scope = NewDisposeScope();
        Tensor merged = weight.detach().to(ScalarType.Float32, copy: true);
        foreach ((WeightChange change, double factor) in changes)
        {
            using Tensor delta = change.Delta(weight.detach());
            if (!delta.isfinite().all().item<bool>())
                throw new InvalidDataException($"The module '{change.Module.Name}' of an adapter changes '{change.Key}' of {change.Part} to values that are not finite.");
            merged.add_(delta, alpha: factor);
        }
        return merged.to(weight.dtype).MoveToOuterDisposeScope();
    }
}
