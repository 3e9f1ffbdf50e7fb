using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Sampling;

/// <summary>Draws of torch's own generator from a seed: on the CPU the same numbers as PyTorch's randn. One per run; not thread-safe.</summary>
public sealed class SeededNoise : INoiseSource, IDisposable
{
    private readonly Generator _generator;
    private readonly Device _device;

    /// <summary>A source with a generator of its own.</summary>
    /// <param name="seed">Any number; the same one gives the same draws.</param>
    /// <param name="device">Where the draws go, the CPU when null. They are always made on the CPU, so that devices agree.</param>
    public SeededNoise(long seed, Device? device = null)
    {
        _device = device ?? CPU;
        _generator = new Generator((ulong)seed, CPU);
    }

    /// <inheritdoc/>
    public Tensor Draw(params long[] shape)
    {
        Tensor draw = randn(shape, dtype: ScalarType.Float32, generator: _generator);
        return _device.type == DeviceType.CPU ? draw : draw.to(_device, disposeAfter: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();
}
