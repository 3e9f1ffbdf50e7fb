using System.Diagnostics;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Pipelines;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Cli.Benchmarks;

/// <summary>The core's speed beside what this machine can do.</summary>
internal static class CoreBenchmarks
{
    private const int MatrixSide = 2048, SamplerSteps = 200;

    /// <summary>Measures one thing after the other.</summary>
    public static IEnumerable<Measurement> Run(CancellationToken cancellation)
    {
        double ceiling = MachineCeiling.Measure(cancellation);
        yield return new("fused multiply-adds on registers, fp32", ceiling, "GFLOP/s");
        yield return new($"matrix product {MatrixSide}^3, fp32", MatrixProduct(ScalarType.Float32), "GFLOP/s", ceiling);
        cancellation.ThrowIfCancellationRequested();
        yield return new($"matrix product {MatrixSide}^3, bf16", MatrixProduct(ScalarType.BFloat16), "GFLOP/s");
        foreach (string name in (string[])["euler", "dpm++2m", "unipc"])
        {
            cancellation.ThrowIfCancellationRequested();
            yield return new($"sampler's own work, {name}, 3x64x64", SamplerStep(SolverCatalog.Find(name), cancellation), "us a step");
        }
        if (DefaultModel.Find() is null) yield break;
        using ImageModel model = ImageModel.LoadDefault();
        Threads.Suit(model);
        _ = model.Generate(new("a red apple") { Steps = 2 }, cancellation);
        ImageResult result = model.Generate(new("a red apple"), cancellation);
        yield return new($"the model in the box, {result.Recipe.Dtype}", result.Elapsed.TotalMilliseconds / result.Recipe.Steps, "ms a step");
        yield return new($"the model in the box, {result.Recipe.Steps} steps", result.Elapsed.TotalSeconds, "s a picture");
    }

    private static double MatrixProduct(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor a = randn(MatrixSide, MatrixSide).to(type), b = randn(MatrixSide, MatrixSide).to(type);
        double best = double.PositiveInfinity;
        for (int run = 0; run < 5; run++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            a.matmul(b).Dispose();
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return 2.0 * MatrixSide * MatrixSide * MatrixSide / best / 1e9;
    }

    private static double SamplerStep(SolverEntry entry, CancellationToken cancellation)
    {
        EdmPath path = new();
        using SeededNoise noise = new(0);
        using Tensor start = randn(1, 3, 64, 64) * path.SigmaMax;
        double best = double.PositiveInfinity;
        for (int run = 0; run < 5; run++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            Sampler.Sample(new Halves(), entry.Create(path), TimeGrid.Karras(SamplerSteps), start, noise, cancellation: cancellation).Dispose();
            best = Math.Min(best, clock.Elapsed.TotalMicroseconds / SamplerSteps);
        }
        return best;
    }

    /// <summary>The cheapest denoiser that there is.</summary>
    private sealed class Halves : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(state * 0.5);
    }
}
