namespace Levare.Data;

/// <summary>The kernel of a change of size.</summary>
public enum ResampleFilter
{
    /// <summary>The mean of the covered area.</summary>
    Box,

    /// <summary>A triangle of radius 1.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, radius 2.</summary>
    Bicubic,

    /// <summary>A windowed sinc of radius 3: the sharpest.</summary>
    Lanczos,
}

/// <summary>Separable resampling with antialiasing, to the last bit what Pillow's <c>Image.resize</c> gives for 8-bit pictures.</summary>
/// <remarks>Columns first, then rows, in 22-bit fixed point, rounded and clipped after each pass. The kernel widens with the reduction.</remarks>
public static class Resampling
{
    private const int Precision = 32 - 8 - 2;

    /// <summary>A picture of 1 or 3 channels in another size. Flatten alpha first: <see cref="RawImage.Flatten"/>.</summary>
    public static RawImage Resize(RawImage image, int width, int height, ResampleFilter filter)
    {
        if (image.Channels == 4) throw new ArgumentException("Straight alpha cannot be resampled channel by channel: flatten the picture first.", nameof(image));
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        RawImage wide = width == image.Width ? image : Columns(image, Kernel.Of(image.Width, width, filter));
        return height == image.Height ? wide : Rows(wide, Kernel.Of(image.Height, height, filter));
    }

    private static RawImage Columns(RawImage image, Kernel[] kernels)
    {
        int channels = image.Channels;
        byte[] result = new byte[kernels.Length * image.Height * channels];
        for (int y = 0; y < image.Height; y++)
        {
            ReadOnlySpan<byte> row = image.Bytes.AsSpan(y * image.Width * channels, image.Width * channels);
            for (int x = 0; x < kernels.Length; x++)
                for (int c = 0; c < channels; c++)
                    result[(y * kernels.Length + x) * channels + c] = kernels[x].Apply(row, c, channels);
        }
        return new(kernels.Length, image.Height, channels, result);
    }

    private static RawImage Rows(RawImage image, Kernel[] kernels)
    {
        int stride = image.Width * image.Channels;
        byte[] result = new byte[kernels.Length * stride];
        for (int y = 0; y < kernels.Length; y++)
            for (int x = 0; x < stride; x++)
                result[y * stride + x] = kernels[y].Apply(image.Bytes, x, stride);
        return new(image.Width, kernels.Length, image.Channels, result);
    }

    private readonly record struct Kernel(int First, int[] Weights)
    {
        public static Kernel[] Of(int from, int to, ResampleFilter filter)
        {
            double scale = (double)from / to, reduction = Math.Max(scale, 1), support = Radius(filter) * reduction;
            Kernel[] kernels = new Kernel[to];
            for (int i = 0; i < to; i++)
            {
                double centre = (i + 0.5) * scale;
                int first = Math.Max(0, (int)(centre - support + 0.5)), last = Math.Min(from, (int)(centre + support + 0.5));
                double[] weights = [.. Enumerable.Range(first, last - first).Select(k => Weight(filter, (k - centre + 0.5) / reduction))];
                double sum = weights.Sum();
                kernels[i] = new(first, [.. weights.Select(w => FixedPoint(sum == 0 ? w : w / sum))]);
            }
            return kernels;
        }

        public byte Apply(ReadOnlySpan<byte> values, int offset, int stride)
        {
            int sum = 1 << (Precision - 1);
            for (int k = 0; k < Weights.Length; k++) sum += values[offset + (First + k) * stride] * Weights[k];
            return (byte)Math.Clamp(sum >> Precision, 0, 255);
        }

        private static int FixedPoint(double weight) => (int)(weight * (1 << Precision) + (weight < 0 ? -0.5 : 0.5));

        private static double Radius(ResampleFilter filter) => filter switch
        {
            ResampleFilter.Box => 0.5,
            ResampleFilter.Bilinear => 1,
            ResampleFilter.Bicubic => 2,
            _ => 3,
        };

        private static double Weight(ResampleFilter filter, double x)
        {
            double distance = Math.Abs(x);
            return filter switch
            {
                ResampleFilter.Box => x > -0.5 && x <= 0.5 ? 1 : 0,
                ResampleFilter.Bilinear => Math.Max(0, 1 - distance),
                ResampleFilter.Bicubic when distance < 1 => (1.5 * distance - 2.5) * distance * distance + 1,
                ResampleFilter.Bicubic => distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0,
                _ => distance < 3 ? Sinc(x) * Sinc(x / 3) : 0,
            };
        }

        private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
    }
}
