using System.Collections.Immutable;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Compatibility;

/// <summary>The sigmas (noise per unit of data) of a discrete path in float32, read as diffusers reads them: interpolated in float64.</summary>
internal sealed class SigmaTable
{
    private readonly double[] _sigmas, _logs;

    public SigmaTable(DiscreteVpPath path)
    {
        // torch's power of 0.5 is not always the nearest float32: the sigma without signal, the root of 2^24 - 1, is 4096 there.
        using DisposeScope scope = NewDisposeScope();
        Tensor bars = tensor(path.AlphaBars.ToArray());
        _sigmas = [.. ((1 - bars) / bars).pow(0.5).data<float>().Select(sigma => (double)sigma)];
        _logs = [.. _sigmas.Select(sigma => (double)NumpyFloat.Log((float)sigma))];
    }

    /// <summary>The sigma of the first step.</summary>
    public double Min => _sigmas[0];

    /// <summary>The sigma of the last step.</summary>
    public double Max => _sigmas[^1];

    /// <summary>The logarithms, from the cleanest step to the noisiest.</summary>
    public ReadOnlySpan<double> Logs => _logs;

    /// <summary>The sigma at a timestep, linear between two, the nearest end outside.</summary>
    public double At(double timestep)
    {
        if (!(timestep > 0)) return Min;
        if (timestep >= _sigmas.Length - 1) return Max;
        int index = (int)timestep;
        return (_sigmas[index + 1] - _sigmas[index]) * (timestep - index) + _sigmas[index];
    }

    /// <summary>The timestep of a sigma, linear in its logarithm, the nearest end outside.</summary>
    public double TimeOf(double sigma)
    {
        double log = Math.Log(Math.Max(sigma, 1e-10));
        int notAbove = Array.FindLastIndex(_logs, entry => entry <= log);
        int low = Math.Clamp(notAbove, 0, _logs.Length - 2);
        double share = Math.Clamp((_logs[low] - log) / (_logs[low] - _logs[low + 1]), 0, 1);
        return (1 - share) * low + share * (low + 1);
    }

    /// <summary>The discrete path of a configuration.</summary>
    public static DiscreteVpPath Path(SchedulerConfig config)
    {
        DiscreteVpPath path = config switch
        {
            { TrainedBetas.IsEmpty: false } => DiscreteVpPath.FromBetas(config.TrainedBetas),
            { BetaSchedule: BetaSchedule.ScaledLinear } => DiscreteVpPath.ScaledLinear(config.BetaStart, config.BetaEnd, config.NumTrainTimesteps),
            { BetaSchedule: BetaSchedule.SquaredCosine } => DiscreteVpPath.SquaredCosine(config.NumTrainTimesteps),
            { BetaSchedule: BetaSchedule.Sigmoid } => DiscreteVpPath.Sigmoid(config.BetaStart, config.BetaEnd, config.NumTrainTimesteps),
            { BetaSchedule: BetaSchedule.Laplace } => DiscreteVpPath.Laplace(config.NumTrainTimesteps),
            { BetaSchedule: BetaSchedule.Exponential } => DiscreteVpPath.Exponential(config.NumTrainTimesteps),
            _ => DiscreteVpPath.Linear(config.BetaStart, config.BetaEnd, config.NumTrainTimesteps),
        };
        return config.RescaleBetasZeroSnr ? path.WithZeroTerminalSnr() : path;
    }

    /// <summary>The path of classes that divide by alpha: with zero terminal SNR its last alpha^2 is 2^-24, the smallest of float16.</summary>
    public static DiscreteVpPath FinitePath(SchedulerConfig config)
    {
        DiscreteVpPath path = Path(config);
        return config.RescaleBetasZeroSnr ? path.WithTerminalAlphaBar(MathF.Pow(2, -24)) : path;
    }

    /// <summary>The sigmas that use_karras_sigmas, use_exponential_sigmas or use_beta_sigmas ask for, or null when none is set.</summary>
    /// <param name="config">sigma_min and sigma_max of it go before the two ends.</param>
    /// <param name="first">The largest sigma.</param>
    /// <param name="last">The smallest sigma.</param>
    /// <param name="count">How many.</param>
    public static double[]? Respaced(SchedulerConfig config, double first, double last, int count)
    {
        double max = config.SigmaMax ?? first, min = config.SigmaMin ?? last;
        return (config.UseKarrasSigmas, config.UseExponentialSigmas, config.UseBetaSigmas) switch
        {
            (false, false, false) => null,
            (true, false, false) => Grids.Sigmas.Karras(min, max, count),
            (false, true, false) => Grids.Sigmas.Exponential(min, max, count),
            (false, false, true) => Grids.Sigmas.Beta(min, max, count),
            _ => throw new ArgumentException("Only one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas can be true.", nameof(config)),
        };
    }

    /// <summary>What prediction_type means, with the state scaled to unit variance for the network.</summary>
    public static Parameterisation Parameterisation(SchedulerConfig config) => config.PredictionType switch
    {
        PredictionType.Epsilon => new EpsilonPrediction(),
        PredictionType.Sample => new SamplePrediction(),
        PredictionType.VPrediction => new VPrediction(),
        _ => new FlowPrediction(),
    };

    /// <summary>Numbers rounded to float32.</summary>
    public static ImmutableArray<double> Float32(IEnumerable<double> values) => [.. values.Select(value => (double)(float)value)];

    /// <summary>A grid of timesteps and as many sigmas and one more, on which the data is not scaled (alpha = 1).</summary>
    public static TimeGrid ExplodingGrid(ImmutableArray<double> timesteps, ImmutableArray<double> sigmas) =>
        new(sigmas.Take(timesteps.Length + 1).Select((sigma, i) => new NoiseLevel(i < timesteps.Length ? timesteps[i] : 0, 1, sigma)));

    /// <summary>A grid of timesteps and as many sigmas and one more, on which alpha^2 + sigma^2 = 1.</summary>
    public static TimeGrid PreservingGrid(ImmutableArray<double> timesteps, ImmutableArray<double> sigmas) =>
        new(sigmas.Take(timesteps.Length + 1).Select((sigma, i) => Preserving(i < timesteps.Length ? timesteps[i] : 0, sigma)));

    /// <summary>A grid of timesteps and as many sigmas and one more, on which alpha + sigma = 1.</summary>
    public static TimeGrid StraightGrid(ImmutableArray<double> timesteps, ImmutableArray<double> sigmas) =>
        new(sigmas.Take(timesteps.Length + 1).Select((sigma, i) => new NoiseLevel(i < timesteps.Length ? timesteps[i] : 0, 1 - sigma, sigma)));

    private static NoiseLevel Preserving(double time, double ratio)
    {
        double alpha = 1 / Math.Sqrt(ratio * ratio + 1);
        return new(time, alpha, ratio * alpha);
    }
}
