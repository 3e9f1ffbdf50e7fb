using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Solvers;

public sealed class ExponentialSolverTests
{
    private const double Tolerance = 1e-9;

    // Levels that fall unevenly and do not end at 0.
    private static readonly double[] Ratios = [9, 5.5, 4, 2.2, 1.3, 1.1, 0.6, 0.25, 0.2, 0.06];
    private static readonly TimeGrid Preserving = new(Ratios.Select(ratio => new NoiseLevel(ratio, 1 / Math.Sqrt(1 + ratio * ratio), ratio / Math.Sqrt(1 + ratio * ratio))));
    private static readonly TimeGrid Exploding = new(Ratios.Select(ratio => new NoiseLevel(ratio, 1, ratio)));
    private static readonly TimeGrid Straight = new(Ratios.Select(ratio => new NoiseLevel(ratio / (1 + ratio), 1 / (1 + ratio), ratio / (1 + ratio))));

    private static readonly Dictionary<string, ISolver> OdeSolvers = new()
    {
        ["DPM-Solver++ 1M"] = new DpmSolverMultistep(1),
        ["DPM-Solver++ 2M"] = new DpmSolverMultistep(2),
        ["DPM-Solver++ 2M heun"] = new DpmSolverMultistep(2) { Rule = MomentRule.Exact },
        ["DPM-Solver++ 3M"] = new DpmSolverMultistep(3),
        ["DPM-Solver 3M"] = new DpmSolverMultistep(3) { Integrand = Integrand.Noise },
        ["DPM-Solver++ 2S"] = new DpmSolverSinglestep(2),
        ["DPM-Solver++ 3S"] = new DpmSolverSinglestep(3),
        ["DPM-Solver 3S heun"] = new DpmSolverSinglestep(3) { Integrand = Integrand.Noise, Rule = MomentRule.Exact },
        ["DEIS 3"] = new Deis(3),
        ["UniPC 1"] = new UniPc(1),
        ["UniPC 3"] = new UniPc(3),
        ["UniPC 2 bh1"] = new UniPc(2) { Rule = MomentRule.Plain, Integrand = Integrand.Noise },
        ["SA-Solver without noise"] = new SaSolver(3, 4) { Strength = _ => 0 },
    };

    public static TheoryData<string> Names() => [.. OdeSolvers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Exact_where_the_integrand_is_constant(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor start = Random(1), constant = Random(2);
        foreach (TimeGrid grid in new[] { Preserving, Exploding, Straight })
        {
            // One constant is the data, the other the noise; the path between them is known.
            bool isNoise = OdeSolvers[name] is ExponentialAdams { Integrand: Integrand.Noise } or DpmSolverSinglestep { Integrand: Integrand.Noise };
            NoiseLevel first = grid[0], last = grid[^1];
            Tensor data = isNoise ? (start - constant * first.Sigma) / first.Alpha : constant;
            Tensor noise = isNoise ? constant : (start - constant * first.Alpha) / first.Sigma;
            IDenoiser denoiser = isNoise ? new Denoiser((x, level) => (x - constant * level.Sigma) / level.Alpha) : new Denoiser((_, _) => constant);
            AssertClose(data * last.Alpha + noise * last.Sigma, Sample(denoiser, OdeSolvers[name], grid, start));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_step_to_no_noise_gives_the_estimate_itself(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        TimeGrid grid = new(Preserving.SkipLast(3).Append(new NoiseLevel(0, 1, 0)));
        Tensor start = Random(1), seen = zeros(0);
        Denoiser denoiser = new((x, level) => seen = (x.tanh() * level.Sigma + 0.1).DetachFromDisposeScope());
        Tensor last = Sample(denoiser, OdeSolvers[name], grid, start);
        // A corrector changes the state, not the estimate; with the noise held, that moves the data.
        if (OdeSolvers[name] is UniPc { Integrand: Integrand.Noise }) Assert.True(last.isfinite().all().item<bool>());
        else AssertClose(seen, last);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    public void Multistep_integrates_polynomials_of_lambda_below_its_order_exactly(int order, bool noise)
    {
        using DisposeScope scope = NewDisposeScope();
        ExponentialAdams solver = noise ? new Deis(order) { FinalOrders = FinalOrders.Full }
            : new DpmSolverMultistep(order) { Rule = MomentRule.Exact, FinalOrders = FinalOrders.Full };
        double Polynomial(double lambda) => 0.3 + (order > 1 ? 0.7 * lambda : 0) - (order > 2 ? 0.4 * lambda * lambda : 0);
        List<Tensor> states = Run(PolynomialDenoiser(Polynomial, noise), solver, Preserving, Random(1));
        for (int i = order; i < Preserving.Steps; i++)
            AssertClose(Integrated(states[i], Preserving[i], Preserving[i + 1], Polynomial, noise), states[i + 1]);
    }

    [Fact]
    public void A_singlestep_block_integrates_polynomials_of_lambda_below_its_order_exactly()
    {
        using DisposeScope scope = NewDisposeScope();
        double Polynomial(double lambda) => 0.3 + 0.7 * lambda - 0.4 * lambda * lambda;
        DpmSolverSinglestep solver = new(3) { Rule = MomentRule.Exact, FinalOrders = FinalOrders.Full };
        List<Tensor> states = Run(PolynomialDenoiser(Polynomial, false), solver, Preserving, Random(1));
        for (int i = 0; i + 3 <= Preserving.Steps; i += 3)
            AssertClose(Integrated(states[i], Preserving[i], Preserving[i + 3], Polynomial, false), states[i + 3]);
    }

    [Fact]
    public void The_corrector_makes_a_step_exact_one_degree_beyond_the_predictor()
    {
        using DisposeScope scope = NewDisposeScope();
        double Polynomial(double lambda) => 0.3 + 0.7 * lambda - 0.4 * lambda * lambda;
        UniPc solver = new(2) { FinalOrders = FinalOrders.Full };
        List<Tensor> states = Run(PolynomialDenoiser(Polynomial, false), solver, Preserving, Random(1));
        // What a prediction set out from is found by taking the predictor's step back; between two such states the step was exact.
        List<Tensor> corrected = [.. Enumerable.Range(0, Preserving.Steps).Select(i => i == 0 ? states[0] : Origin(states[i + 1], i))];
        for (int i = 2; i < Preserving.Steps - 1; i++)
        {
            AssertClose(Integrated(corrected[i], Preserving[i], Preserving[i + 1], Polynomial, false), corrected[i + 1]);
            Assert.NotEqual(0, (corrected[i] - states[i]).abs().max().item<double>(), 1e-6);
        }

        Tensor Origin(Tensor reached, int i)
        {
            (NoiseLevel s1, NoiseLevel s0, NoiseLevel t) = (Preserving[i - 1], Preserving[i], Preserving[i + 1]);
            double h = t.Lambda - s0.Lambda, r = (s0.Lambda - s1.Lambda) / h;
            double d = Polynomial(s0.Lambda) * (1 + 1 / (2 * r)) - Polynomial(s1.Lambda) / (2 * r);
            return (reached + d * t.Alpha * double.ExpM1(-h)) * (s0.Sigma / t.Sigma);
        }
    }

    [Fact]
    public void DpmSolverPlusPlus_2M_is_the_paper_s_formula()
    {
        using DisposeScope scope = NewDisposeScope();
        Denoiser denoiser = new((x, level) => x.tanh() * (0.5 + 0.1 * level.Sigma));
        List<Tensor> states = Run(denoiser, new DpmSolverMultistep(2) { FinalOrders = FinalOrders.Full }, Preserving, Random(1));
        for (int i = 1; i < Preserving.Steps; i++)
        {
            (NoiseLevel s1, NoiseLevel s0, NoiseLevel t) = (Preserving[i - 1], Preserving[i], Preserving[i + 1]);
            double h = t.Lambda - s0.Lambda, r = (s0.Lambda - s1.Lambda) / h;
            Tensor d = denoiser.At(states[i], s0) * (1 + 1 / (2 * r)) - denoiser.At(states[i - 1], s1) / (2 * r);
            AssertClose(states[i] * (t.Sigma / s0.Sigma) - d * (t.Alpha * double.ExpM1(-h)), states[i + 1]);
        }
    }

    [Fact]
    public void Deis_2_is_the_integral_over_rho()
    {
        using DisposeScope scope = NewDisposeScope();
        Denoiser denoiser = new((x, level) => x.tanh() * (0.5 + 0.1 * level.Sigma));
        List<Tensor> states = Run(denoiser, new Deis(2) { FinalOrders = FinalOrders.Full }, Preserving, Random(1));
        Tensor Noise(int i) => (states[i] - denoiser.At(states[i], Preserving[i]) * Preserving[i].Alpha) / Preserving[i].Sigma;
        for (int i = 1; i < Preserving.Steps; i++)
        {
            (double rho1, double rho0, double rho) = (Preserving[i - 1].Ratio, Preserving[i].Ratio, Preserving[i + 1].Ratio);
            double Weight(double here, double other) =>
                ExponentialMomentsTests.Simpson(u => Math.Log((rho0 + u) / other) / Math.Log(here / other), rho - rho0);
            Tensor scaled = states[i] / Preserving[i].Alpha + Noise(i) * Weight(rho0, rho1) + Noise(i - 1) * Weight(rho1, rho0);
            AssertClose(scaled * Preserving[i + 1].Alpha, states[i + 1]);
        }
    }

    [Fact]
    public void SA_Solver_without_noise_is_UniPC_one_order_down()
    {
        using DisposeScope scope = NewDisposeScope();
        Denoiser denoiser = new((x, level) => x.tanh() * (0.5 + 0.1 * level.Sigma));
        Tensor start = Random(1);
        foreach (MomentRule rule in new[] { MomentRule.Midpoint, MomentRule.Plain })
            AssertClose(Sample(denoiser, new UniPc(2) { Rule = rule }, Preserving, start),
                Sample(denoiser, new SaSolver(2, 3) { Rule = rule, Strength = _ => 0 }, Preserving, start));
    }

    [Fact]
    public void UniPC_that_never_corrects_is_DPM_Solver()
    {
        using DisposeScope scope = NewDisposeScope();
        Denoiser denoiser = new((x, level) => x.tanh() * (0.5 + 0.1 * level.Sigma));
        Tensor start = Random(1);
        Tensor corrected = Sample(denoiser, new UniPc(2), Preserving, start), plain = Sample(denoiser, new DpmSolverMultistep(2), Preserving, start);
        AssertClose(plain, Sample(denoiser, new UniPc(2) { Uncorrected = [.. Enumerable.Range(0, Preserving.Steps)] }, Preserving, start));
        Assert.NotEqual(0, (corrected - plain).abs().max().item<double>(), 1e-4);
    }

    [Fact]
    public void As_the_noise_goes_to_nothing_the_SDE_solvers_become_the_ODE_s()
    {
        using DisposeScope scope = NewDisposeScope();
        const double Little = 1e-7;
        Denoiser denoiser = new((x, level) => x.tanh() * (0.5 + 0.1 * level.Sigma));
        Tensor start = Random(1);
        foreach (Integrand integrand in Enum.GetValues<Integrand>())
            for (int order = 1; order <= 3; order++)
            {
                DpmSolverMultistep multistep = new(order) { Integrand = integrand };
                DpmSolverSinglestep singlestep = new(order) { Integrand = integrand };
                AssertClose(Sample(denoiser, multistep, Preserving, start), Sample(denoiser, multistep with { Eta = Little }, Preserving, start), 1e-5);
                AssertClose(Sample(denoiser, singlestep, Preserving, start), Sample(denoiser, singlestep with { Eta = Little }, Preserving, start), 1e-5);
            }
    }

    [Fact]
    public void The_SDE_step_keeps_the_level_s_noise_where_the_data_is_known()
    {
        using DisposeScope scope = NewDisposeScope();
        // From data c with noise of the level's standard deviation, every level is c alpha with noise of its own.
        Tensor noise = randn([200_000], ScalarType.Float64, generator: new Generator(3));
        Denoiser denoiser = new((x, _) => full_like(x, 0.8));
        NoiseLevel first = Preserving[0], last = Preserving[^1];
        foreach (ISolver solver in new ISolver[] { new DpmSolverMultistep(2) { Eta = 1 }, new SaSolver(2, 2) { Strength = _ => 0.6 }, new DpmSolverMultistep(1) { Integrand = Integrand.Noise, Eta = 1 } })
        {
            using SeededNoise draws = new(4);
            Tensor result = Sampler.Sample(denoiser, solver, Preserving, noise * first.Sigma + 0.8 * first.Alpha, draws);
            Assert.Equal(0.8 * last.Alpha, result.mean().item<double>(), 1e-3);
            if (solver is ExponentialAdams { Integrand: Integrand.Denoised }) Assert.Equal(last.Sigma, result.std().item<double>(), 5e-4);
        }
    }

    [Fact]
    public void A_run_may_start_from_pure_noise()
    {
        using DisposeScope scope = NewDisposeScope();
        TimeGrid grid = new(Straight.Prepend(new NoiseLevel(1, 0, 1)));
        Tensor start = Random(1), data = Random(2);
        foreach (ISolver solver in OdeSolvers.Values.Append(new SaSolver { Strength = _ => 0 }))
        {
            if (solver is ExponentialAdams { Integrand: Integrand.Noise } or DpmSolverSinglestep { Integrand: Integrand.Noise }) continue;
            AssertClose(data * grid[^1].Alpha + start * grid[^1].Sigma, Sample(new Denoiser((_, _) => data), solver, grid, start));
        }
    }

    [Fact]
    public void Falling_orders_end_with_a_step_of_first_order()
    {
        using DisposeScope scope = NewDisposeScope();
        Denoiser denoiser = new((x, level) => x.tanh() * (0.5 + 0.1 * level.Sigma));
        (NoiseLevel now, NoiseLevel next) = (Preserving[^2], Preserving[^1]);
        foreach ((FinalOrders orders, bool first) in new[] { (FinalOrders.Falling, true), (FinalOrders.LastFirst, true), (FinalOrders.Full, false) })
        {
            List<Tensor> states = Run(denoiser, new DpmSolverMultistep(3) { FinalOrders = orders }, Preserving, Random(1));
            Tensor euler = states[^2] * (next.Sigma / now.Sigma) - denoiser.At(states[^2], now) * (next.Alpha * double.ExpM1(now.Lambda - next.Lambda));
            Assert.Equal(first, (euler - states[^1]).abs().max().item<double>() < Tolerance);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void An_order_that_does_not_exist_is_refused(int order)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DpmSolverMultistep(order));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DpmSolverSinglestep(order));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SaSolver(2, order));
    }

    private static Tensor Random(int seed) => randn([2, 5], ScalarType.Float64, generator: new Generator((ulong)seed));

    private static Tensor Sample(IDenoiser denoiser, ISolver solver, TimeGrid grid, Tensor start)
    {
        using SeededNoise noise = new(9);
        return Sampler.Sample(denoiser, solver, grid, start, noise);
    }

    private static List<Tensor> Run(IDenoiser denoiser, ISolver solver, TimeGrid grid, Tensor start)
    {
        using SeededNoise noise = new(9);
        return [start, .. Sampler.Run(denoiser, solver, grid, start, noise).Select(step => step.State.clone())];
    }

    private static Denoiser PolynomialDenoiser(Func<double, double> value, bool isNoise) => isNoise
        ? new((x, level) => (x - level.Sigma * value(level.Lambda)) / level.Alpha)
        : new((x, level) => full_like(x, value(level.Lambda)));

    // The exact solution, by fine quadrature (Lu et al. 2022a, proposition 3.1; 2022b, proposition 4.1).
    private static Tensor Integrated(Tensor state, NoiseLevel s, NoiseLevel t, Func<double, double> value, bool isNoise)
    {
        double h = t.Lambda - s.Lambda;
        return isNoise
            ? state * (t.Alpha / s.Alpha) - t.Sigma * ExponentialMomentsTests.Simpson(u => Math.Exp(h - u) * value(s.Lambda + u), h)
            : state * (t.Sigma / s.Sigma) + t.Alpha * ExponentialMomentsTests.Simpson(u => Math.Exp(u - h) * value(s.Lambda + u), h);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance = Tolerance) =>
        Assert.InRange((expected - actual).abs().max().item<double>(), 0, tolerance);

    private sealed class Denoiser(Func<Tensor, NoiseLevel, Tensor> estimate) : IDenoiser
    {
        public Tensor At(Tensor state, NoiseLevel level) => estimate(state, level);

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(estimate(state, level).clone());
    }
}
