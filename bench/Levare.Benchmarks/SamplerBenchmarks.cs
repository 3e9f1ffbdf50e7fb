using BenchmarkDotNet.Attributes;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Benchmarks;

/// <summary>What a step costs beside the network: a denoiser that does nearly nothing, on the state of a 64x64 picture.</summary>
[MemoryDiagnoser]
public class SamplerBenchmarks
{
    private const int Steps = 20;
    private readonly EdmPath _path = new();
    private readonly TimeGrid _grid = TimeGrid.Karras(Steps);
    private Tensor _start = null!;

    [Params("euler", "euler-a", "heun", "dpm++2m", "unipc")]
    public string Solver { get; set; } = "";

    [GlobalSetup]
    public void Setup() => _start = randn(1, 3, 64, 64) * _path.SigmaMax;

    [GlobalCleanup]
    public void Cleanup() => _start.Dispose();

    [Benchmark(OperationsPerInvoke = Steps)]
    public void Step()
    {
        using SeededNoise noise = new(0);
        Sampler.Sample(new Halves(), SolverCatalog.Find(Solver).Create(_path), _grid, _start, noise).Dispose();
    }

    private sealed class Halves : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(state * 0.5);
    }
}
