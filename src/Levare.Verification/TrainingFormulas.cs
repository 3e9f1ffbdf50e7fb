using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Training;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Loss weights, level distributions and element losses against tables of their formulas.</summary>
internal static class TrainingFormulas
{
    public static IEnumerable<Comparison> Compare(GoldenCase golden) => [.. Edm(golden), .. SignalToNoise(golden), .. Densities(golden), .. StableDiffusion3(golden), .. Huber(golden)];

    /// <summary>Compares each value by its own size.</summary>
    public static Comparison Relative(string what, Tensor actual, Tensor expected, double tolerance)
    {
        Tensor a = actual.to(ScalarType.Float64), e = expected.to(ScalarType.Float64);
        if (!a.shape.SequenceEqual(e.shape)) return new($"{what}: shape", double.PositiveInfinity, tolerance);
        double error = ((a - e).abs() / e.abs().clamp_min(1e-30)).where(a.ne(e), zeros_like(a)).max().item<double>();
        return new(what, double.IsNaN(error) ? double.PositiveInfinity : error, tolerance);
    }

    private static IEnumerable<Comparison> Edm(GoldenCase golden)
    {
        double data = golden.Json.GetProperty("sigma_data").GetDouble();
        EdmPrediction edm = new(data);
        EdmPath path = new(1e-9, 1e9);
        LogNormalLevels levels = new(golden.Json.GetProperty("P_mean").GetDouble(), golden.Json.GetProperty("P_std").GetDouble());
        double[] sigmas = Values(golden, "edm.sigma");
        yield return Table("edm.c_skip", sigma => edm.At(path.At(sigma)).Skip);
        yield return Table("edm.c_out", sigma => edm.At(path.At(sigma)).Output);
        yield return Table("edm.c_in", sigma => edm.At(path.At(sigma)).Input);
        yield return Table("edm.c_noise", sigma => edm.At(path.At(sigma)).Noise);
        // The table weighs x0's error, so it is asked of a network that predicts x0.
        yield return Table("edm.loss_weight", sigma => new EdmWeight(data).At(path.At(sigma), new SamplePrediction().At(path.At(sigma))));
        yield return Table("edm.lognormal_pdf_of_ln_sigma", sigma => Density(levels, path, sigma) * sigma, 1e-4);
        double[] karras = [.. TimeGrid.Karras(18, 0.002, 80, 7).Take(18).Select(level => level.Time)];
        yield return Relative("edm.karras_18", tensor(karras), golden.Tensor("edm.karras_18"), 1e-5);

        Comparison Table(string name, Func<double, double> formula, double tolerance = 1e-5) =>
            Relative(name, tensor(sigmas.Select(formula).ToArray()), golden.Tensor(name), tolerance);
    }

    private static IEnumerable<Comparison> SignalToNoise(GoldenCase golden)
    {
        (string, DiscreteVpPath)[] paths =
            [("linear", DiscreteVpPath.Linear()), ("scaled_linear", DiscreteVpPath.ScaledLinear(1e-4, 0.02)), ("squaredcos_cap_v2", DiscreteVpPath.SquaredCosine())];
        (string, Parameterisation)[] kinds = [("eps", new EpsilonPrediction()), ("v", new VPrediction()), ("x0", new SamplePrediction())];
        using Tensor steps = golden.Tensor("snr.timesteps");
        long[] times = [.. steps.data<long>()];
        foreach ((string schedule, DiscreteVpPath path) in paths)
        {
            yield return Relative($"snr.{schedule}", tensor(times.Select(t => Math.Exp(2 * path.At(t).Lambda)).ToArray()), golden.Tensor($"snr.{schedule}"), 1e-5);
            foreach ((string kind, Parameterisation parameterisation) in kinds)
                foreach (double gamma in new[] { 1.0, 5.0, 20.0 })
                    yield return Table($"min_snr_{gamma:0.0}.{schedule}.{kind}", new MinSnrWeight(gamma), path, parameterisation);
            yield return Table($"p2_k1_g1.{schedule}.eps", new P2Weight(), path, new EpsilonPrediction());
        }

        Comparison Table(string name, LossWeight weight, DiscreteVpPath path, Parameterisation parameterisation) => Relative(name,
            tensor(times.Select(t => weight.At(path.At(t), parameterisation.At(path.At(t)))).ToArray()), golden.Tensor(name), 1e-5);
    }

    private static IEnumerable<Comparison> Densities(GoldenCase golden)
    {
        RectifiedFlowPath path = new();
        foreach (string name in new[] { "density.logit_normal", "density.logit_normal_shifted" })
            yield return Table(name, new LogitNormalLevels(), NormalDistribution.Cumulative);
        yield return Table("density.mode", new ModeLevels(), u => u);
        yield return Table("density.mode_0.5", new ModeLevels(0.5), u => u);
        yield return Table("density.none", new UniformLevels(), u => u);

        Comparison Table(string name, LevelDistribution levels, Func<double, double> share) => Relative(name,
            tensor(Values(golden, $"{name}.base_draw").Select(draw => levels.TimeAt(share(draw), path)).ToArray()), golden.Tensor($"{name}.samples"), 1e-5);
    }

    private static IEnumerable<Comparison> StableDiffusion3(GoldenCase golden)
    {
        RectifiedFlowPath path = new();
        double[] sigmas = Values(golden, "sd3.sigmas"), xs = Values(golden, "sd3.logit_normal_pdf_x");
        foreach ((string name, LossWeight weight) in new (string, LossWeight)[]
            { ("sigma_sqrt", new InverseVarianceWeight()), ("cosmap", new CosMapWeight()), ("none", new SimpleWeight()) })
            yield return Relative($"sd3.weight.{name}", tensor(sigmas.Select(s => weight.At(path.At(s), new FlowPrediction().At(path.At(s)))).ToArray()),
                golden.Tensor($"sd3.weight.{name}"), 1e-5);
        yield return Relative("sd3.logit_normal_pdf", tensor(xs.Select(x => Density(new LogitNormalLevels(), path, x)).ToArray()), golden.Tensor("sd3.logit_normal_pdf"), 1e-4);
        ShiftedLevels shifted = new(new UniformLevels(), 3);
        yield return Relative("sd3.shift3_of_x", tensor(xs.Select(x => shifted.TimeAt(x, path)).ToArray()), golden.Tensor("sd3.shift3_of_x"), 1e-5);
    }

    private static IEnumerable<Comparison> Huber(GoldenCase golden)
    {
        double c = golden.Json.GetProperty("huber_c").GetDouble();
        Tensor difference = golden.Tensor("huber.a") - golden.Tensor("huber.b");
        yield return Comparison.Of("huber.pseudo_huber", new PseudoHuberError(c).Of(difference), golden.Tensor("huber.pseudo_huber"), 1e-5);
        yield return Comparison.Of("huber.diffusers_huber", new PseudoHuberError(c, 2 * c).Of(difference), golden.Tensor("huber.diffusers_huber"), 1e-5);
        yield return Comparison.Of("huber.smooth_l1", new PseudoHuberError(c, 2).Of(difference), golden.Tensor("huber.smooth_l1"), 1e-5);
    }

    /// <summary>The density of a distribution of times, from the slope of its quantiles.</summary>
    private static double Density(LevelDistribution levels, INoisePath path, double time)
    {
        double low = 0, high = 1;
        for (int i = 0; i < 200; i++)
        {
            double middle = (low + high) / 2;
            if (middle is <= 0 or >= 1 || levels.TimeAt(middle, path) < time) low = middle;
            else high = middle;
        }
        double u = (low + high) / 2, step = Math.Min(u, 1 - u) * 1e-4;
        return 2 * step / (levels.TimeAt(u + step, path) - levels.TimeAt(u - step, path));
    }

    private static double[] Values(GoldenCase golden, string name)
    {
        using Tensor values = golden.Tensor(name);
        return [.. values.data<float>().Select(value => (double)value)];
    }
}
