namespace Levare.BoxModel;

/// <summary>Random numbers that are a function of (seed, step, index): SplitMix64 over a hash of the three.</summary>
internal struct SceneRandom(ulong seed, long step, int index)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong _state = Mix(Mix(seed + Golden) ^ Mix((ulong)step) ^ Mix(~(ulong)index));

    /// <summary>Uniform in 0..1, 1 excluded.</summary>
    public double Next()
    {
        _state += Golden;
        return (Mix(_state) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Uniform among 0..count-1.</summary>
    public int Next(int count) => (int)(Next() * count);

    /// <summary>True with a probability.</summary>
    public bool Chance(double probability) => Next() < probability;

    /// <summary>One of some choices.</summary>
    public T Pick<T>(IReadOnlyList<T> choices) => choices[Next(choices.Count)];

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
