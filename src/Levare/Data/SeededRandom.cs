namespace Levare.Data;

/// <summary>Random numbers from a key of whole numbers (SplitMix64, Steele et al. 2014): the same key gives the same numbers everywhere.</summary>
/// <remarks>A mutable value: keep it in one local variable.</remarks>
internal struct SeededRandom
{
    private ulong _state;

    /// <summary>A sequence of its own for each key.</summary>
    public SeededRandom(params ReadOnlySpan<long> key)
    {
        _state = 0x6C65766172650001;
        foreach (long part in key) _state = Mix(_state + 0x9E3779B97F4A7C15) ^ Mix((ulong)part + 0xD1B54A32D192ED03);
    }

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>A whole number of 0..bound - 1, each as likely as the others.</summary>
    public int Next(int bound)
    {
        // Lemire 2019: the few draws that would favour small numbers are drawn again.
        while (true)
        {
            ulong high = Math.BigMul(Next(), (ulong)bound, out ulong low);
            if (low >= (ulong)bound || low >= unchecked(0 - (ulong)bound) % (ulong)bound) return (int)high;
        }
    }

    /// <summary>A number of [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
