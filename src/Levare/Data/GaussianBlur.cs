namespace Levare.Data;

/// <summary>A Gaussian blur as three box blurs, to the last bit what Pillow's <c>ImageFilter.GaussianBlur</c> gives (Gwosdek et al. 2011).</summary>
internal static class GaussianBlur
{
    private const int Passes = 3;
    private const double Largest = 10_000;

    /// <summary>A picture blurred; its borders are continued.</summary>
    /// <param name="image">The picture; alpha is blurred as the colours are.</param>
    /// <param name="radius">The standard deviation in pixels, 0 to 10,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">The radius is another.</exception>
    public static RawImage Apply(RawImage image, double radius)
    {
        if (radius is not (>= 0 and <= Largest)) throw new ArgumentOutOfRangeException(nameof(radius), radius, $"The radius is 0 to {Largest} pixels.");
        if (radius == 0) return image;
        BoxBlur blur = new(BoxRadius((float)radius));
        byte[] bytes = [.. image.Bytes];
        int channels = image.Channels;
        for (int y = 0; y < image.Height; y++)
            for (int c = 0; c < channels; c++) blur.Line(bytes, y * image.Width * channels + c, channels, image.Width);
        for (int x = 0; x < image.Width * channels; x++) blur.Line(bytes, x, image.Width * channels, image.Height);
        return new(image.Width, image.Height, channels, bytes);
    }

    // The box, with a fractional border, of which three have the variance of the Gaussian.
    private static float BoxRadius(float radius)
    {
        float variance = radius * radius / Passes;
        float length = (float)Math.Sqrt(12.0 * variance + 1.0);
        float whole = (float)Math.Floor((length - 1.0) / 2.0);
        float fraction = (float)((2 * whole + 1) * (whole * (whole + 1) - 3.0 * variance));
        fraction = (float)(fraction / (6.0 * (variance - (whole + 1) * (whole + 1))));
        return whole + fraction;
    }

    /// <summary>A box blur of a line in 24-bit fixed point, three times.</summary>
    private readonly struct BoxBlur(float radius)
    {
        private readonly int _radius = (int)radius;
        private readonly uint _inner = (uint)((1 << 24) / (radius * 2 + 1));

        public void Line(byte[] bytes, int offset, int stride, int length)
        {
            byte[] line = new byte[length], blurred = new byte[length];
            for (int i = 0; i < length; i++) line[i] = bytes[offset + i * stride];
            for (int pass = 0; pass < Passes; pass++)
            {
                Once(line, blurred);
                (line, blurred) = (blurred, line);
            }
            for (int i = 0; i < length; i++) bytes[offset + i * stride] = line[i];
        }

        private void Once(byte[] line, byte[] blurred)
        {
            int last = line.Length - 1;
            uint border = ((1u << 24) - (uint)(2 * _radius + 1) * _inner) / 2;
            uint sum = 0;
            for (int d = -_radius - 1; d < _radius; d++) sum += line[Math.Clamp(d, 0, last)];
            for (int i = 0; i <= last; i++)
            {
                byte before = line[Math.Max(i - _radius - 1, 0)], after = line[Math.Min(i + _radius + 1, last)];
                sum += line[Math.Min(i + _radius, last)];
                sum -= before;
                blurred[i] = (byte)((sum * _inner + (uint)(before + after) * border + (1 << 23)) >> 24);
            }
        }
    }
}
