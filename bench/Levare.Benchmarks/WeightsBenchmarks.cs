using BenchmarkDotNet.Attributes;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Benchmarks;

/// <summary>Reading weights: 64 MB in 64 tensors.</summary>
public class WeightsBenchmarks
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"levare-bench-{Guid.NewGuid():N}.safetensors");

    [GlobalSetup]
    public void Setup()
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(_path, Enumerable.Range(0, 64).Select(i => KeyValuePair.Create($"layer.{i}.weight", randn(512, 512))));
    }

    [GlobalCleanup]
    public void Cleanup() => File.Delete(_path);

    [Benchmark]
    public void OpenHeader() => SafetensorsFile.Open(_path).Dispose();

    [Benchmark]
    public void ReadAll()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_path);
        foreach (string name in file.Entries.Keys) file.Load(name).Dispose();
    }

    [Benchmark]
    public void ReadAllAsBFloat16()
    {
        using SafetensorsFile file = SafetensorsFile.Open(_path);
        foreach (string name in file.Entries.Keys) file.Load(name, ScalarType.BFloat16).Dispose();
    }
}
