using Levare.Conditioning;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Control;

/// <summary>A small network that turns a control picture into features for a U-Net's way down (Mou et al. 2023), with diffusers' T2IAdapter keys and settings.</summary>
/// <remarks>
/// <c>forward(picture)</c>: [batch, channels, height, width] in pixels, 0..1 -> features from the highest resolution down. They do not depend on the time: a run asks once,
/// and tells the U-Net as the conditions <see cref="ConditionNames.AdapterFeatures"/>. Inference from several threads at once is safe.
/// </remarks>
public sealed class T2IAdapter : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    private readonly T2IAdapterBody adapter;

    /// <summary>A network with fresh weights on the CPU, float32, in training mode.</summary>
    /// <exception cref="InvalidDataException">The settings do not fit together.</exception>
    public T2IAdapter(T2IAdapterConfig config) : base(nameof(T2IAdapter))
    {
        config.Validate();
        Config = config;
        adapter = new(config);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public T2IAdapterConfig Config { get; }

    /// <summary>Loads a network from a folder with config.json and weights: float32, on the CPU, ready for inference.</summary>
    /// <param name="component">The folder.</param>
    /// <param name="variant">fp16, say; null takes the plain weights, or the only variant where there are no plain ones.</param>
    /// <param name="strictness">Whether settings and keys that are not known are errors.</param>
    /// <exception cref="InvalidDataException">The folder does not hold such a network; the message says what does not fit.</exception>
    public static T2IAdapter Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        T2IAdapterConfig config = T2IAdapterConfig.Read(component.Config, component.ConfigPath, strictness);
        using IWeights weights = component.OpenWeights(variant);
        T2IAdapter network = CheckpointMap.Identity.Make(() => new T2IAdapter(config), weights, strictness);
        network.eval();
        return network;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The picture has other channels, or sides that are no multiples of the downscale factor.</exception>
    public override IReadOnlyList<Tensor> forward(Tensor picture)
    {
        int factor = Config.DownscaleFactor;
        if (picture.dim() != 4 || picture.shape[1] != Config.InChannels || picture.shape[2] % factor != 0 || picture.shape[3] % factor != 0)
            throw new ArgumentException(
                $"The control picture is [{string.Join(", ", picture.shape)}], where [batch, {Config.InChannels}, height, width] with sides divisible by {factor} is expected.", nameof(picture));
        return adapter.call(picture);
    }

    /// <summary>What a U-Net is told of the weighted sum of several adapters' features.</summary>
    /// <param name="features">What each adapter gave, and how much it counts.</param>
    /// <returns>Conditions whose tensors are new ones, and the caller's.</returns>
    /// <exception cref="ArgumentException">There are none, or they are not alike.</exception>
    public static Condition Condition(params ReadOnlySpan<(IReadOnlyList<Tensor> Features, double Scale)> features)
    {
        (IReadOnlyList<Tensor> Features, double Scale)[] all = features.ToArray();
        if (all.Length == 0 || all.Any(one => !one.Features.Select(feature => feature.shape).SequenceEqual(all[0].Features.Select(feature => feature.shape), ShapeComparer.Instance)))
            throw new ArgumentException("The features of adapters can be summed where there are some and all have the same shapes.", nameof(features));
        using var scope = NewDisposeScope();
        Condition condition = Conditioning.Condition.None;
        for (int i = 0; i < all[0].Features.Count; i++)
            condition = condition.With(ConditionNames.AdapterFeatures(i), all.Select(one => one.Features[i] * one.Scale).Aggregate((sum, next) => sum + next).MoveToOuterDisposeScope());
        return condition;
    }

    private sealed class ShapeComparer : IEqualityComparer<long[]>
    {
        public static readonly ShapeComparer Instance = new();

        public bool Equals(long[]? x, long[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(long[] shape) => shape.Length;
    }
}
