using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Sines and cosines of the time at geometrically falling frequencies (Vaswani et al. 2017; Ho et al. 2020). It has no weights.</summary>
/// <remarks>[batch] -> [batch, channels], float32.</remarks>
/// <param name="channels">Channels of the result; an odd last one is 0.</param>
/// <param name="cosineFirst">Whether the cosines precede the sines.</param>
/// <param name="frequencyShift">Subtracted from the number of frequencies: 1 makes the lowest exactly 1 / maxPeriod.</param>
/// <param name="maxPeriod">The period of the lowest frequency, over 2 pi.</param>
internal sealed class PositionalTimeEmbedding(int channels, bool cosineFirst, double frequencyShift, double maxPeriod = 10000)
    : nn.Module<Tensor, Tensor>(nameof(PositionalTimeEmbedding))
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor time)
    {
        using var scope = NewDisposeScope();
        int half = channels / 2;
        Tensor exponent = arange(half, dtype: ScalarType.Float32, device: time.device) * -Math.Log(maxPeriod) / (half - frequencyShift);
        Tensor angle = time.to(ScalarType.Float32).unsqueeze(1) * exponent.exp().unsqueeze(0);
        Tensor waves = cosineFirst ? cat([angle.cos(), angle.sin()], 1) : cat([angle.sin(), angle.cos()], 1);
        return (channels % 2 == 0 ? waves : nn.functional.pad(waves, [0, 1])).MoveToOuterDisposeScope();
    }
}

/// <summary>Sines and cosines of the time, or of its logarithm, at fixed random frequencies (Tancik et al. 2020; Song et al. 2021).</summary>
/// <remarks>Keys: <c>weight</c> [channels], which is not trained. [batch] -> [batch, 2 channels].</remarks>
internal sealed class FourierTimeEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly bool _ofLogarithm;
    private readonly bool _cosineFirst;
    private readonly Parameter weight;

    /// <summary>An embedding with fresh frequencies.</summary>
    /// <param name="channels">The number of frequencies.</param>
    /// <param name="scale">Their standard deviation.</param>
    /// <param name="ofLogarithm">Whether the time's logarithm is embedded: for times above 0, as sigmas are.</param>
    /// <param name="cosineFirst">Whether the cosines precede the sines.</param>
    public FourierTimeEmbedding(int channels, double scale, bool ofLogarithm = true, bool cosineFirst = false) : base(nameof(FourierTimeEmbedding))
    {
        _ofLogarithm = ofLogarithm;
        _cosineFirst = cosineFirst;
        weight = new Parameter(randn(channels) * scale, requires_grad: false);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor time)
    {
        using var scope = NewDisposeScope();
        Tensor angle = (_ofLogarithm ? time.log() : time).unsqueeze(1) * weight.unsqueeze(0) * 2 * Math.PI;
        return (_cosineFirst ? cat([angle.cos(), angle.sin()], 1) : cat([angle.sin(), angle.cos()], 1)).MoveToOuterDisposeScope();
    }
}

/// <summary>A learned vector for each of the discrete times 0, 1, 2, ...</summary>
/// <remarks>Keys: <c>weight</c> [times, channels]. [batch] of whole numbers -> [batch, channels].</remarks>
internal sealed class LearnedTimeEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    /// <summary>A table with fresh weights.</summary>
    public LearnedTimeEmbedding(int times, int channels) : base(nameof(LearnedTimeEmbedding))
    {
        weight = new Parameter(randn(times, channels));
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor time)
    {
        using Tensor index = time.to(ScalarType.Int64);
        return weight.index_select(0, index);
    }
}
