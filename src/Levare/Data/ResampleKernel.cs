namespace Levare.Data;

/// <summary>What one value of a resampled line is made of: the weights of neighbours in the source line, which sum to 1.</summary>
internal sealed class ResampleKernel
{
    private const int Precision = 32 - 8 - 2;
    private readonly int _first;
    private readonly double[] _weights;
    private readonly int[] _fixed;

    private ResampleKernel(int first, double[] weights)
    {
        _first = first;
        _weights = weights;
        _fixed = [.. weights.Select(FixedPoint)];
    }

    /// <summary>The radius of a filter before it is widened.</summary>
    public static double Radius(ResampleFilter filter) => filter switch
    {
        ResampleFilter.Box => 0.5,
        ResampleFilter.Bilinear or ResampleFilter.Hamming => 1,
        ResampleFilter.Bicubic => 2,
        _ => 3,
    };

    /// <summary>The kernels of a line.</summary>
    /// <param name="length">Values of the source line.</param>
    /// <param name="start">Where the part begins that is resampled.</param>
    /// <param name="end">Where it ends; an empty part repeats the values around its place.</param>
    /// <param name="count">Values of the resampled line.</param>
    /// <param name="filter">Any but <see cref="ResampleFilter.Nearest"/>.</param>
    public static ResampleKernel[] Line(int length, double start, double end, int count, ResampleFilter filter)
    {
        double scale = (end - start) / count, reduction = Math.Max(scale, 1), support = Radius(filter) * reduction, inverse = 1 / reduction;
        ResampleKernel[] kernels = new ResampleKernel[count];
        for (int i = 0; i < count; i++)
        {
            double centre = start + (i + 0.5) * scale;
            int first = Math.Max(0, (int)(centre - support + 0.5)), last = Math.Min(length, (int)(centre + support + 0.5));
            double[] weights = [.. Enumerable.Range(first, Math.Max(0, last - first)).Select(k => Weight(filter, (k - centre + 0.5) * inverse))];
            double sum = 0;
            foreach (double weight in weights) sum += weight;
            if (sum != 0)
                for (int k = 0; k < weights.Length; k++) weights[k] /= sum;
            kernels[i] = new(first, weights);
        }
        return kernels;
    }

    /// <summary>One value of bytes, in fixed point, rounded and clipped.</summary>
    public byte Apply(ReadOnlySpan<byte> values, int offset, int stride)
    {
        int sum = 1 << (Precision - 1);
        for (int k = 0; k < _fixed.Length; k++) sum += values[offset + (_first + k) * stride] * _fixed[k];
        return (byte)Math.Clamp(sum >> Precision, 0, 255);
    }

    /// <summary>One value of floats.</summary>
    public float Apply(ReadOnlySpan<float> values, int offset, int stride)
    {
        double sum = 0;
        for (int k = 0; k < _weights.Length; k++) sum += values[offset + (_first + k) * stride] * _weights[k];
        return (float)sum;
    }

    private static int FixedPoint(double weight) => (int)(weight * (1 << Precision) + (weight < 0 ? -0.5 : 0.5));

    private static double Weight(ResampleFilter filter, double x)
    {
        double distance = Math.Abs(x);
        return filter switch
        {
            ResampleFilter.Box => x > -0.5 && x <= 0.5 ? 1 : 0,
            ResampleFilter.Bilinear => Math.Max(0, 1 - distance),
            ResampleFilter.Hamming => distance >= 1 ? 0 : Sinc(distance) * (0.54 + 0.46 * Math.Cos(distance * Math.PI)),
            ResampleFilter.Bicubic when distance < 1 => (1.5 * distance - 2.5) * distance * distance + 1,
            ResampleFilter.Bicubic => distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0,
            _ => distance < 3 ? Sinc(x) * Sinc(x / 3) : 0,
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
