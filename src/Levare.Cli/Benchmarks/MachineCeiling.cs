using System.Diagnostics;
using System.Runtime.Intrinsics;

namespace Levare.Cli.Benchmarks;

/// <summary>What the processor can do at most: fused multiply-adds on registers, on all cores.</summary>
internal static class MachineCeiling
{
    private const int Accumulators = 12, Rounds = 2_000_000;

    /// <summary>fp32 GFLOP/s of the best of a few runs.</summary>
    public static double Measure(CancellationToken cancellation)
    {
        int cores = Environment.ProcessorCount, width = Vector512.IsHardwareAccelerated ? 16 : Vector256.IsHardwareAccelerated ? 8 : 4;
        double best = 0;
        for (int run = 0; run < 4; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            Stopwatch clock = Stopwatch.StartNew();
            Parallel.For(0, cores, new ParallelOptions { MaxDegreeOfParallelism = cores }, _ => Keep(width switch { 16 => Loop512(), 8 => Loop256(), _ => Loop128() }));
            best = Math.Max(best, 2.0 * width * Accumulators * Rounds * cores / clock.Elapsed.TotalSeconds / 1e9);
        }
        return best;
    }

    // The accumulators are independent, so that the units never wait for a result.
    private static float Loop512()
    {
        Vector512<float> x = Vector512.Create(1.0000001f), a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < Rounds; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, x); b = Vector512.FusedMultiplyAdd(b, x, x); c = Vector512.FusedMultiplyAdd(c, x, x);
            d = Vector512.FusedMultiplyAdd(d, x, x); e = Vector512.FusedMultiplyAdd(e, x, x); f = Vector512.FusedMultiplyAdd(f, x, x);
            g = Vector512.FusedMultiplyAdd(g, x, x); h = Vector512.FusedMultiplyAdd(h, x, x); i = Vector512.FusedMultiplyAdd(i, x, x);
            j = Vector512.FusedMultiplyAdd(j, x, x); k = Vector512.FusedMultiplyAdd(k, x, x); l = Vector512.FusedMultiplyAdd(l, x, x);
        }
        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    private static float Loop256()
    {
        Vector256<float> x = Vector256.Create(1.0000001f), a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < Rounds; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, x); b = Vector256.FusedMultiplyAdd(b, x, x); c = Vector256.FusedMultiplyAdd(c, x, x);
            d = Vector256.FusedMultiplyAdd(d, x, x); e = Vector256.FusedMultiplyAdd(e, x, x); f = Vector256.FusedMultiplyAdd(f, x, x);
            g = Vector256.FusedMultiplyAdd(g, x, x); h = Vector256.FusedMultiplyAdd(h, x, x); i = Vector256.FusedMultiplyAdd(i, x, x);
            j = Vector256.FusedMultiplyAdd(j, x, x); k = Vector256.FusedMultiplyAdd(k, x, x); l = Vector256.FusedMultiplyAdd(l, x, x);
        }
        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    private static float Loop128()
    {
        Vector128<float> x = Vector128.Create(1.0000001f), a = x, b = x, c = x, d = x, e = x, f = x, g = x, h = x, i = x, j = x, k = x, l = x;
        for (int n = 0; n < Rounds; n++)
        {
            a = Vector128.FusedMultiplyAdd(a, x, x); b = Vector128.FusedMultiplyAdd(b, x, x); c = Vector128.FusedMultiplyAdd(c, x, x);
            d = Vector128.FusedMultiplyAdd(d, x, x); e = Vector128.FusedMultiplyAdd(e, x, x); f = Vector128.FusedMultiplyAdd(f, x, x);
            g = Vector128.FusedMultiplyAdd(g, x, x); h = Vector128.FusedMultiplyAdd(h, x, x); i = Vector128.FusedMultiplyAdd(i, x, x);
            j = Vector128.FusedMultiplyAdd(j, x, x); k = Vector128.FusedMultiplyAdd(k, x, x); l = Vector128.FusedMultiplyAdd(l, x, x);
        }
        return Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    // A result that nobody reads would let the compiler drop the loop.
    private static float s_kept;

    private static void Keep(float value) => Volatile.Write(ref s_kept, value);
}
