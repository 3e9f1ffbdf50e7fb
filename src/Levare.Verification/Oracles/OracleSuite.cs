using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Guidance;
using Levare.Paths;
using Levare.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.Oracles;

/// <summary>Checks of the core that need no file: exact denoisers, solvers, guidance and noise against closed forms, on this machine.</summary>
public static class OracleSuite
{
    /// <summary>All rows, each measured as it is asked for.</summary>
    public static IEnumerable<OracleRow> Run() => Noise().Concat(Denoisers()).Concat(Guidances()).Concat(Orders()).Concat(Ends());

    /// <summary>The global order of every solver on every path that it is for.</summary>
    public static IEnumerable<OracleRow> Orders() =>
        from claim in SolverClaims.All
        from path in claim.Paths
        let slope = claim.MeasuredOrder(path)
        select new OracleRow("solver orders", $"{claim.Name}, {path.Name}", slope, claim.Order, Math.Abs(slope - claim.Order) <= SolverClaim.Band);

    /// <summary>What is left of the error at the finest grid: ODE solvers against the exact map, SDE solvers against the moments.</summary>
    public static IEnumerable<OracleRow> Ends() =>
        from claim in SolverClaims.All
        let error = claim.ErrorAtTheEnd()
        select new OracleRow(
            claim.Kind == SolverKind.Ode ? "exact flow map" : "exact moments", $"{claim.Name}, 200 steps to clean data", error, 0, error <= claim.Tolerance);

    /// <summary>E[x0 | x] of a mixture against quadrature, and the flow map there and back.</summary>
    public static IReadOnlyList<OracleRow> Denoisers()
    {
        using DisposeScope scope = NewDisposeScope();
        using GaussianMixture mixture = GaussianMixture.Isotropic(
            tensor(new[] { 0.3, 0.7 }), tensor(new[,] { { -1.0 }, { 2.0 } }), tensor(new[] { 0.5, 0.8 }));
        Tensor states = linspace(-3, 4, 15, ScalarType.Float64).unsqueeze(1);
        NoiseLevel level = new(0, 0.8, 0.6);
        Tensor exact = mixture.Denoise(states, level, Condition.None).Denoised;
        MixtureQuantileFlow flow = new(mixture);
        NoiseLevel clean = new(0, 1, 0);
        Tensor back = flow.Flow(flow.Flow(states, level, clean), clean, level);
        return
        [
            Difference("denoisers", "mixture against quadrature", exact, Quadrature(states, level), 1e-9),
            Difference("denoisers", "quantile map there and back", back, states, 1e-9),
        ];
    }

    /// <summary>Guidance against its definition on a mixture whose components are its classes.</summary>
    public static IReadOnlyList<OracleRow> Guidances()
    {
        using DisposeScope scope = NewDisposeScope();
        using Gaussian shifted = new(tensor(new[] { 2.0 }), tensor(new[,] { { 1.5 } })), centred = new(zeros(1), tensor(new[,] { { 1.5 } }));
        using Gaussian expected = new(tensor(new[] { 8.0 }), tensor(new[,] { { 1.5 } }));
        Tensor states = linspace(-3, 3, 7, ScalarType.Float64).unsqueeze(1);
        NoiseLevel level = new(0, 0.8, 0.6);
        DenoiserPair pair = new(shifted, centred);
        Tensor Of(IDenoiser denoiser) => denoiser.Denoise(states, level, Condition.None).Denoised;
        Tensor guided = Of(new ClassifierFreeGuidance(pair, 4));
        return
        [
            Difference("guidance", "classifier-free on two Gaussians", guided, Of(expected), 1e-12),
            Difference("guidance", "projected with everything kept", Of(new AdaptiveProjectedGuidance(pair, 4) { Eta = 1 }), guided, 1e-12),
            Difference("guidance", "no guidance at scale 1", Of(new ClassifierFreeGuidance(pair, 1)), Of(shifted), 0),
        ];
    }

    /// <summary>The first draws of seed 0 are PyTorch's.</summary>
    public static IReadOnlyList<OracleRow> Noise()
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededNoise noise = new(0);
        Tensor published = tensor(new[] { -1.1258398f, -1.1523602f, -0.25057858f });
        return [Difference("noise", "seed 0 against PyTorch's randn", noise.Draw(20)[..3], published, 0)];
    }

    private static OracleRow Difference(string area, string what, Tensor actual, Tensor expected, double tolerance)
    {
        double error = (actual - expected).abs().max().to(ScalarType.Float64).item<double>();
        return new(area, what, error, 0, error <= tolerance);
    }

    // The same mixture by summation over a fine grid of clean values.
    private static Tensor Quadrature(Tensor states, NoiseLevel level)
    {
        Tensor clean = linspace(-12, 12, 20001, ScalarType.Float64), deviations = tensor(new[] { 0.5, 0.8 });
        Tensor components = tensor(new[] { 0.3, 0.7 }) / deviations
            * (-((clean.unsqueeze(1) - tensor(new[] { -1.0, 2.0 })) / deviations).square() / 2).exp();
        Tensor weights = components.sum([1]) * (-(states - clean * level.Alpha).square() / (2 * level.Sigma * level.Sigma)).exp();
        return (weights * clean).sum([1], keepdim: true) / weights.sum([1], keepdim: true);
    }
}
