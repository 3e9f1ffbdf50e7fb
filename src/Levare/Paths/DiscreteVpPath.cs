using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Paths;

/// <summary>A variance-preserving path of T discrete steps (Ho et al. 2020): alpha^2 is the running product of 1 - beta, sigma^2 = 1 - alpha^2.</summary>
/// <remarks>
/// The tables are float32, made in the order in which the usual training codes make them, so that a network meets the levels that it
/// was trained at. Time is the step, 0 (cleanest) to T - 1; between steps the angle atan(sigma / alpha) is linear, which stays finite at
/// a signal-to-noise ratio of zero. Immutable and thread-safe.
/// </remarks>
public sealed class DiscreteVpPath : INoisePath
{
    private const int LargestSteps = 1_000_000;
    private readonly double[] _angles;

    private DiscreteVpPath(ImmutableArray<float> betas, ImmutableArray<float> alphaBars)
    {
        Betas = betas;
        AlphaBars = alphaBars;
        _angles = [.. alphaBars.Select(bar => Math.Atan2(Math.Sqrt(1 - (double)bar), Math.Sqrt(bar)))];
    }

    /// <summary>beta of each step: the variance that it adds.</summary>
    public ImmutableArray<float> Betas { get; }

    /// <summary>alpha^2 of each step, the running product of 1 - beta.</summary>
    public ImmutableArray<float> AlphaBars { get; }

    /// <summary>The number of steps, T.</summary>
    public int Steps => AlphaBars.Length;

    /// <inheritdoc/>
    public double Start => 0;

    /// <inheritdoc/>
    public double End => Steps - 1;

    /// <summary>Betas equally spaced (Ho et al. 2020).</summary>
    /// <param name="start">The first beta.</param>
    /// <param name="end">The last beta.</param>
    /// <param name="steps">T, 2 to 1,000,000.</param>
    public static DiscreteVpPath Linear(double start = 1e-4, double end = 0.02, int steps = 1000) =>
        Make(() => linspace(start, end, CheckSteps(steps), ScalarType.Float32));

    /// <summary>Square roots of the betas equally spaced: latent diffusion's schedule (Rombach et al. 2022).</summary>
    /// <inheritdoc cref="Linear"/>
    public static DiscreteVpPath ScaledLinear(double start = 0.00085, double end = 0.012, int steps = 1000) =>
        Make(() => linspace(Math.Sqrt(start), Math.Sqrt(end), CheckSteps(steps), ScalarType.Float32).pow(2));

    /// <summary>Betas on a logistic curve between two values (GeoDiff, Xu et al. 2022).</summary>
    /// <inheritdoc cref="Linear"/>
    public static DiscreteVpPath Sigmoid(double start = 1e-4, double end = 0.02, int steps = 1000) =>
        Make(() => linspace(-6, 6, CheckSteps(steps), ScalarType.Float32).sigmoid() * (end - start) + start);

    /// <summary>alpha^2 follows a squared cosine (Nichol and Dhariwal 2021, eq. 17), no beta above 0.999.</summary>
    /// <param name="steps">T, 2 to 1,000,000.</param>
    public static DiscreteVpPath SquaredCosine(int steps = 1000) =>
        FromAlphaBar(time => Math.Pow(Math.Cos((time + 0.008) / 1.008 * Math.PI / 2), 2), steps);

    /// <summary>alpha^2 = exp(-12 t), no beta above 0.999.</summary>
    /// <inheritdoc cref="SquaredCosine"/>
    public static DiscreteVpPath Exponential(int steps = 1000) => FromAlphaBar(time => Math.Exp(-12 * time), steps);

    /// <summary>alpha follows a Laplace distribution of the log-SNR (Hang et al. 2024), no beta above 0.999.</summary>
    /// <inheritdoc cref="SquaredCosine"/>
    public static DiscreteVpPath Laplace(int steps = 1000) => FromAlphaBar(time =>
    {
        double snr = Math.Exp(-0.5 * Math.CopySign(1, 0.5 - time) * Math.Log(1 - 2 * Math.Abs(0.5 - time) + 1e-6));
        return Math.Sqrt(snr / (1 + snr));
    }, steps);

    /// <summary>Given betas, from the cleanest step to the noisiest.</summary>
    /// <exception cref="ArgumentException">There are fewer than two, or one is outside 0..1.</exception>
    public static DiscreteVpPath FromBetas(IEnumerable<float> betas)
    {
        float[] given = [.. betas];
        CheckSteps(given.Length);
        if (Array.FindIndex(given, beta => !(beta is >= 0 and <= 1)) is >= 0 and int bad)
            throw new ArgumentException($"Beta {bad} is {given[bad]}; betas are between 0 and 1.", nameof(betas));
        return Make(() => tensor(given, ScalarType.Float32));
    }

    /// <summary>The path shifted and scaled so that nothing is left of the data at its last step (Lin et al. 2023, algorithm 1).</summary>
    public DiscreteVpPath WithZeroTerminalSnr() => Make(() =>
    {
        Tensor root = tensor(AlphaBars.ToArray()).sqrt();
        Tensor first = root[0], last = root[-1];
        Tensor bars = ((root - last) * (first / (first - last))).pow(2);
        return 1 - cat([bars[..1], bars[1..] / bars[..^1]]);
    });

    /// <summary>The same path with another alpha^2 at its last step, a small number instead of zero say, so that sigma / alpha is finite.</summary>
    public DiscreteVpPath WithTerminalAlphaBar(float alphaBar) => new(Betas, AlphaBars.SetItem(Steps - 1, alphaBar));

    /// <inheritdoc/>
    public NoiseLevel At(double time)
    {
        if (!(time >= 0 && time <= End)) throw new ArgumentOutOfRangeException(nameof(time), time, $"The path's times are 0 to {End}.");
        int index = (int)time;
        if (index == time) return new(time, Math.Sqrt(AlphaBars[index]), Math.Sqrt(1 - (double)AlphaBars[index]));
        double angle = double.Lerp(_angles[index], _angles[index + 1], time - index);
        return new(time, Math.Cos(angle), Math.Sin(angle));
    }

    /// <inheritdoc/>
    /// <remarks>Beyond the path's ends the nearest end is returned.</remarks>
    public double TimeAt(double lambda)
    {
        double angle = Math.Atan(Math.Exp(-lambda));
        int above = Array.BinarySearch(_angles, angle);
        if (above >= 0) return above;
        above = ~above;
        if (above == 0) return Start;
        if (above == Steps) return End;
        return above - 1 + (angle - _angles[above - 1]) / (_angles[above] - _angles[above - 1]);
    }

    private static DiscreteVpPath FromAlphaBar(Func<double, double> alphaBar, int steps) => FromBetas(Enumerable.Range(0, CheckSteps(steps))
        .Select(i => (float)Math.Min(1 - alphaBar((i + 1.0) / steps) / alphaBar((double)i / steps), 0.999)));

    private static DiscreteVpPath Make(Func<Tensor> betas)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor beta = betas();
        return new([.. beta.data<float>()], [.. (1 - beta).cumprod(0).data<float>()]);
    }

    // The number may come from a model's file: the upper bound is far above any there is, and below what fills the memory.
    private static int CheckSteps(int steps) =>
        steps is >= 2 and <= LargestSteps ? steps : throw new ArgumentOutOfRangeException(nameof(steps), steps, $"A discrete path has 2 to {LargestSteps} steps.");
}
