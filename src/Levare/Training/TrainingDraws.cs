using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>The random numbers of a run. Each is a function of the batch's number, so that nothing needs to be saved to go on exactly.</summary>
/// <remarks>Implementations hold no state of a run.</remarks>
public interface ITrainingDraws
{
    /// <summary>Standard normal noise for a batch, float32.</summary>
    Tensor Noise(long number, long[] shape, Device device);

    /// <summary>Uniform draws in (0, 1), one for each example: the noise levels' shares.</summary>
    double[] Levels(long number, int count);

    /// <summary>Uniform draws in (0, 1), one for each example: below the drop-out's share the condition is dropped.</summary>
    double[] ConditionDropout(long number, int count);

    /// <summary>The seed that the network's own draws (drop-out inside it) start from in this batch.</summary>
    long NetworkSeed(long number);
}

/// <summary>Draws that follow from a seed. Thread-safe.</summary>
/// <param name="seed">Any number.</param>
public sealed class SeededDraws(long seed) : ITrainingDraws
{
    private enum Purpose
    {
        Noise = 1,
        Levels = 2,
        ConditionDropout = 3,
        Network = 4,
    }

    /// <inheritdoc/>
    /// <remarks>Made on the CPU, so that devices agree.</remarks>
    public Tensor Noise(long number, long[] shape, Device device)
    {
        using Generator generator = new(Key(number, Purpose.Noise), CPU);
        Tensor draw = randn(shape, dtype: ScalarType.Float32, generator: generator);
        return device.type == DeviceType.CPU ? draw : draw.to(device, disposeAfter: true);
    }

    /// <inheritdoc/>
    public double[] Levels(long number, int count) => Uniform(number, Purpose.Levels, count);

    /// <inheritdoc/>
    public double[] ConditionDropout(long number, int count) => Uniform(number, Purpose.ConditionDropout, count);

    /// <inheritdoc/>
    public long NetworkSeed(long number) => (long)Key(number, Purpose.Network);

    private double[] Uniform(long number, Purpose purpose, int count)
    {
        ulong state = Key(number, purpose);
        double[] draws = new double[count];
        for (int i = 0; i < count; i++) draws[i] = ((Next(ref state) >> 12) + 0.5) / (1UL << 52);
        return draws;
    }

    private ulong Key(long number, Purpose purpose)
    {
        ulong state = (ulong)seed;
        state = Next(ref state) ^ (ulong)number;
        state = Next(ref state) ^ (ulong)purpose;
        return Next(ref state);
    }

    // SplitMix64 (Steele et al. 2014): every input bit reaches every output bit.
    private static ulong Next(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
