using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using Levare.Networks.UNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Keeps what the blocks of a network give in one forward pass, in the order in which they give it.</summary>
internal sealed class BlockOutputs : IDisposable
{
    private readonly Dictionary<string, Tensor> _outputs = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public BlockOutputs(nn.Module network)
    {
        foreach ((string name, nn.Module module) in network.named_modules())
            switch (module)
            {
                case DownBlock down:
                    down.register_forward_hook((_, _, _, _, result) => Keep(name, result));
                    break;
                case UpBlock up:
                    up.register_forward_hook((_, _, _, _, _, result) => Keep(name, result));
                    break;
                case UNetMidBlock2D mid:
                    mid.register_forward_hook((_, _, _, result) => Keep(name, result));
                    break;
                case ResnetBlock2D resnet:
                    resnet.register_forward_hook((_, _, _, result) => Keep(name, result));
                    break;
                case Transformer2D transformer:
                    transformer.register_forward_hook((_, _, _, result) => Keep(name, result));
                    break;
                case nn.Module<Tensor, Tensor> plain:
                    plain.register_forward_hook((_, _, result) => Keep(name, result));
                    break;
                default:
                    break;
            }
    }

    /// <summary>What a block gave, by its key; a down or up block's skips are KEY.resN, its features KEY.hidden.</summary>
    public Tensor? Find(string name) => _outputs.GetValueOrDefault(name);

    /// <summary>When a block gave it, in the order of the forward pass; -1 where there is no such block.</summary>
    public int Order(string name) => _order.IndexOf(name);

    /// <summary>Compares what a block gave.</summary>
    public Comparison Compare(string name, Tensor expected, double tolerance) =>
        Find(name) is { } actual ? Comparison.Of(name, actual, expected, tolerance) : new($"{name}: no such block", double.PositiveInfinity, tolerance);

    public void Dispose()
    {
        foreach (Tensor output in _outputs.Values) output.Dispose();
    }

    private DownBlockResult Keep(string name, DownBlockResult result)
    {
        for (int i = 0; i < result.Skips.Count; i++) Keep($"{name}.res{i}", result.Skips[i]);
        Keep($"{name}.hidden", result.Hidden);
        if (result.Image is not null) Keep($"{name}.skip_sample", result.Image);
        return result;
    }

    private UpBlockResult Keep(string name, UpBlockResult result)
    {
        Keep(name, result.Hidden);
        Keep($"{name}.hidden", result.Hidden);
        if (result.Image is not null) Keep($"{name}.skip_sample", result.Image);
        return result;
    }

    private Tensor Keep(string name, Tensor output)
    {
        // Where a block is called twice, as a time projection that serves class labels too, the cases hold the second.
        if (_outputs.Remove(name, out Tensor? first)) first.Dispose();
        else _order.Add(name);
        _outputs.Add(name, output.clone().DetachFromDisposeScope());
        return output;
    }
}
