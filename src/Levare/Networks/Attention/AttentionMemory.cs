namespace Levare.Networks.Attention;

/// <summary>How much memory the scores of attention (tokens times tokens) may take. A setting of the process, as memory is. Thread-safe.</summary>
public static class AttentionMemory
{
    private static long _largestScores = 256L << 20;

    /// <summary>The largest score matrix that any attention layer holds at a time, in bytes; 256 MiB unless it is set. Results differ by rounding alone.</summary>
    /// <remarks>Layers whose kernel holds no scores at all (float32 on the CPU) are not slowed down by it. While gradients are recorded it does not hold.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">It is below 64 KiB: a few rows must fit.</exception>
    public static long LargestScores
    {
        get => Interlocked.Read(ref _largestScores);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 64 << 10);
            Interlocked.Exchange(ref _largestScores, value);
        }
    }
}
