using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>What a draw is for; each purpose has a stream of its own.</summary>
internal enum DrawPurpose
{
    Noise = 1,
    Levels = 2,
    ConditionDropout = 3,
}

/// <summary>Random numbers that are a function of (seed, batch number, purpose) alone, so that nothing needs to be saved to go on exactly.</summary>
internal static class Draws
{
    /// <summary>Standard normal draws, float32, made on the CPU so that devices agree.</summary>
    public static Tensor Normal(long seed, long number, long[] shape, Device device)
    {
        using Generator generator = new(Key(seed, number, DrawPurpose.Noise), CPU);
        Tensor draw = randn(shape, dtype: ScalarType.Float32, generator: generator);
        return device.type == DeviceType.CPU ? draw : draw.to(device, disposeAfter: true);
    }

    /// <summary>Uniform draws in (0, 1), both ends excluded.</summary>
    public static double[] Uniform(long seed, long number, DrawPurpose purpose, int count)
    {
        ulong state = Key(seed, number, purpose);
        double[] draws = new double[count];
        for (int i = 0; i < count; i++) draws[i] = ((Next(ref state) >> 12) + 0.5) / (1UL << 52);
        return draws;
    }

    private static ulong Key(long seed, long number, DrawPurpose purpose)
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
