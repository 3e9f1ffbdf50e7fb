using Levare.Paths;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.Oracles;

/// <summary>Noise that is 1 in one row and 0 elsewhere, to see a run's response to each independent draw.</summary>
/// <remarks>
/// First heard through a run, which gets zeros, then replayed with a row for each impulse after the first two. Draws between levels are
/// of one Brownian motion over sigma / alpha: its independent parts are the increments between neighbouring levels of all that were asked for.
/// </remarks>
internal sealed class ImpulseNoise : INoiseSource
{
    private readonly SortedSet<double> _ends = [];
    private double[] _cuts = [];
    private int _plain;
    private int _plainImpulses;

    /// <summary>How many independent draws the run that was heard asked for.</summary>
    public int Impulses => _plainImpulses + Math.Max(0, _cuts.Length - 1);

    /// <inheritdoc/>
    public Tensor Draw(params long[] shape)
    {
        Tensor draw = zeros(shape, ScalarType.Float64);
        int index = _plain++;
        if (_plainImpulses > 0) draw[2 + index] = 1.0;
        return draw;
    }

    /// <inheritdoc/>
    public Tensor Draw(NoiseLevel from, NoiseLevel to, params long[] shape)
    {
        Tensor draw = zeros(shape, ScalarType.Float64);
        (double low, double high) = (Math.Min(from.Ratio, to.Ratio), Math.Max(from.Ratio, to.Ratio));
        _ends.Add(low);
        _ends.Add(high);
        for (int i = 0; i + 1 < _cuts.Length; i++)
            if (_cuts[i] >= low && _cuts[i + 1] <= high)
                draw[2 + _plainImpulses + i] = Math.Sign(to.Ratio - from.Ratio) * Math.Sqrt((_cuts[i + 1] - _cuts[i]) / (high - low));
        return draw;
    }

    /// <summary>The source that gives an impulse for each independent part of what this one was asked for.</summary>
    public ImpulseNoise Replay() => new() { _plainImpulses = _plain, _cuts = [.. _ends] };
}
