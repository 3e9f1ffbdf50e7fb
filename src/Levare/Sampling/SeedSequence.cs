namespace Levare.Sampling;

/// <summary>Seeds spawned from a seed, well mixed, as NumPy's SeedSequence makes them (O'Neill's seed_seq_fe).</summary>
internal sealed class SeedSequence
{
    private const int Shift = 16;
    private readonly uint[] _pool;

    /// <summary>A sequence.</summary>
    /// <param name="entropy">The seed.</param>
    /// <param name="spawnKey">Which of the sequences spawned from the seed; empty for the seed's own.</param>
    /// <param name="poolSize">The number of 32-bit words that are mixed.</param>
    public SeedSequence(ulong entropy, ReadOnlySpan<ulong> spawnKey, int poolSize)
    {
        List<uint> words = [.. Words(entropy)];
        // A spawn key is told from entropy by its place, beyond the pool.
        while (spawnKey.Length > 0 && words.Count < poolSize) words.Add(0);
        foreach (ulong key in spawnKey) words.AddRange(Words(key));
        _pool = Mix(words, poolSize);
    }

    /// <summary>The first words of the sequence.</summary>
    public uint[] Generate(int count)
    {
        Hash hash = new(0x8b51f9dd, 0x58f38ded);
        uint[] state = new uint[count];
        for (int i = 0; i < count; i++) state[i] = hash.Next(_pool[i % _pool.Length]);
        return state;
    }

    private static uint[] Words(ulong value) => value > uint.MaxValue ? [(uint)value, (uint)(value >> 32)] : [(uint)value];

    private static uint[] Mix(List<uint> entropy, int size)
    {
        Hash hash = new(0x43b0d7e5, 0x931e8875);
        uint[] pool = new uint[size];
        for (int i = 0; i < size; i++) pool[i] = hash.Next(i < entropy.Count ? entropy[i] : 0);
        for (int source = 0; source < size; source++)
            for (int target = 0; target < size; target++)
                if (source != target) pool[target] = Combine(pool[target], hash.Next(pool[source]));
        for (int source = size; source < entropy.Count; source++)
            for (int target = 0; target < size; target++) pool[target] = Combine(pool[target], hash.Next(entropy[source]));
        return pool;
    }

    private static uint Combine(uint x, uint y)
    {
        uint mixed = unchecked(0xca01f9dd * x - 0x4973f715 * y);
        return mixed ^ (mixed >> Shift);
    }

    // A multiplicative hash whose constant changes with every word.
    private struct Hash(uint constant, uint multiplier)
    {
        private uint _constant = constant;

        public uint Next(uint value)
        {
            value ^= _constant;
            _constant = unchecked(_constant * multiplier);
            value = unchecked(value * _constant);
            return value ^ (value >> Shift);
        }
    }
}
