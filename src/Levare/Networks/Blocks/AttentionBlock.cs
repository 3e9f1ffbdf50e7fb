using Levare.Networks.Attention;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Self-attention between the pixels of a feature map, as a residual block (Ho et al. 2020).</summary>
/// <remarks>
/// Keys: <c>group_norm, to_q, to_k, to_v, to_out.0</c>. [batch, channels, height, width] in and out.
/// </remarks>
internal sealed class AttentionBlock : nn.Module<Tensor, Tensor>
{
    private readonly int _heads;
    private readonly double _outputScale;
    private readonly GroupNorm? group_norm;
    private readonly Linear to_q;
    private readonly Linear to_k;
    private readonly Linear to_v;
    private readonly ModuleList<Linear> to_out;

    /// <summary>A block with fresh weights.</summary>
    /// <param name="channels">Channels of input and result.</param>
    /// <param name="headChannels">Channels of one head; heads = channels / headChannels.</param>
    /// <param name="groups">Groups of the norm in front; null for none.</param>
    /// <param name="epsilon">Added to variances.</param>
    /// <param name="outputScale">The sum of both branches is divided by it.</param>
    public AttentionBlock(int channels, int headChannels, int? groups, double epsilon, double outputScale = 1) : base(nameof(AttentionBlock))
    {
        if (headChannels < 1 || headChannels > channels)
            throw new ArgumentException($"Attention heads of {headChannels} channels do not fit into {channels} channels.", nameof(headChannels));
        _heads = channels / headChannels;
        _outputScale = outputScale;
        int inner = _heads * headChannels;
        if (groups is { } count) group_norm = Normalisation.Group(count, channels, epsilon);
        to_q = Layers.Linear(channels, inner);
        to_k = Layers.Linear(channels, inner);
        to_v = Layers.Linear(channels, inner);
        to_out = new ModuleList<Linear>(Layers.Linear(inner, channels));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor normed = group_norm is null ? x : group_norm.call(x);
        Tensor pixels = normed.flatten(2).transpose(1, 2);
        Tensor output = to_out[0].call(DotProductAttention.Attend(to_q.call(pixels), to_k.call(pixels), to_v.call(pixels), _heads));
        Tensor sum = output.transpose(1, 2).reshape(x.shape) + x;
        return (_outputScale == 1 ? sum : sum / _outputScale).MoveToOuterDisposeScope();
    }
}
