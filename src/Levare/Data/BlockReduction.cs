namespace Levare.Data;

/// <summary>Pictures made smaller by whole numbers: each block of pixels becomes its mean.</summary>
internal static class BlockReduction
{
    /// <summary>The picture that a reduction leaves for resampling, and the box within it.</summary>
    /// <remarks>The blocks are as large as leaves <paramref name="gap"/> times the wanted size; pixels that the filter cannot reach are left out.</remarks>
    public static (RawImage Image, PixelBox Box) Before(RawImage image, int width, int height, ResampleFilter filter, PixelBox box, double gap)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(gap, 1);
        double scaleX = (box.Right - box.Left) / width, scaleY = (box.Bottom - box.Top) / height;
        int stepX = Math.Max(1, (int)(scaleX / gap)), stepY = Math.Max(1, (int)(scaleY / gap));
        if (stepX == 1 && stepY == 1) return (image, box);
        double reach = ResampleKernel.Radius(filter) - 0.5;
        PixelRegion needed = new(
            Math.Max(0, (int)(box.Left - reach * scaleX)), Math.Max(0, (int)(box.Top - reach * scaleY)),
            Math.Min(image.Width, (int)Math.Ceiling(box.Right + reach * scaleX)), Math.Min(image.Height, (int)Math.Ceiling(box.Bottom + reach * scaleY)));
        PixelBox within = new((box.Left - needed.Left) / stepX, (box.Top - needed.Top) / stepY, (box.Right - needed.Left) / stepX, (box.Bottom - needed.Top) / stepY);
        return (Means(image, needed, stepX, stepY), within);
    }

    private static RawImage Means(RawImage image, PixelRegion region, int stepX, int stepY)
    {
        int width = (region.Width + stepX - 1) / stepX, height = (region.Height + stepY - 1) / stepY, channels = image.Channels;
        byte[] result = new byte[width * height * channels];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                int left = region.Left + x * stepX, top = region.Top + y * stepY;
                PixelRegion block = new(left, top, Math.Min(left + stepX, region.Right), Math.Min(top + stepY, region.Bottom));
                for (int c = 0; c < channels; c++) result[(y * width + x) * channels + c] = Mean(image, block, c);
            }
        return new(width, height, channels, result);
    }

    // In 24-bit fixed point, as Pillow does.
    private static byte Mean(RawImage image, PixelRegion block, int channel)
    {
        uint count = (uint)(block.Width * block.Height), sum = count / 2;
        for (int y = block.Top; y < block.Bottom; y++)
            for (int x = block.Left; x < block.Right; x++) sum += image.Bytes[(y * image.Width + x) * image.Channels + channel];
        return (byte)((ulong)sum * ((1u << 24) / count) >> 24);
    }
}
