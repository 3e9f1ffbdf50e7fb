using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Levare.Data;

/// <summary>A decoded picture: bytes [height, width, channels], row by row.</summary>
/// <remarks>The bytes are not copied: whoever hands them over leaves them alone afterwards.</remarks>
public sealed class RawImage
{
    /// <summary>A picture of given bytes.</summary>
    /// <param name="width">Columns, 1 or more.</param>
    /// <param name="height">Rows, 1 or more.</param>
    /// <param name="channels">1 (grey), 3 (RGB) or 4 (RGB and straight alpha).</param>
    /// <param name="bytes">height * width * channels values.</param>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public RawImage(int width, int height, int channels, byte[] bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3 or 4)) throw new ArgumentException($"A picture has 1, 3 or 4 channels, not {channels}.", nameof(channels));
        if (bytes.LongLength != (long)width * height * channels)
            throw new ArgumentException($"{width}x{height}x{channels} needs {(long)width * height * channels} bytes; given were {bytes.LongLength}.", nameof(bytes));
        (Width, Height, Channels, Bytes) = (width, height, channels, bytes);
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1, 3 or 4.</summary>
    public int Channels { get; }

    /// <summary>The values, [height, width, channels].</summary>
    public byte[] Bytes { get; }

    /// <summary>The file that it was read from, as it was named; null where it was not, or was changed since.</summary>
    public string? Source { get; init; }

    /// <summary>The SHA-256 of the sizes and the values, hexadecimal: what a recipe says of a given picture.</summary>
    public string Hash
    {
        get
        {
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(MemoryMarshal.AsBytes<int>([Width, Height, Channels]));
            hash.AppendData(Bytes);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>This picture over a grey value, without alpha; itself when it has none.</summary>
    public RawImage Flatten(byte background)
    {
        if (Channels != 4) return this;
        byte[] flat = new byte[Width * Height * 3];
        for (int pixel = 0; pixel < Width * Height; pixel++)
        {
            int alpha = Bytes[pixel * 4 + 3];
            for (int c = 0; c < 3; c++)
                flat[pixel * 3 + c] = (byte)((Bytes[pixel * 4 + c] * alpha + background * (255 - alpha) + 127) / 255);
        }
        return new(Width, Height, 3, flat);
    }

    /// <summary>This picture in 1 or 3 channels; alpha, where there is one, is dropped. Grey is ITU-R 601 luma, as Pillow rounds it.</summary>
    public RawImage ToChannels(int channels)
    {
        if (channels is not (1 or 3)) throw new ArgumentOutOfRangeException(nameof(channels), channels, "Data has 1 or 3 channels.");
        if (channels == Channels) return this;
        byte[] bytes = new byte[Width * Height * channels];
        for (int pixel = 0; pixel < Width * Height; pixel++)
        {
            ReadOnlySpan<byte> from = Bytes.AsSpan(pixel * Channels, Channels);
            if (channels == 1)
                bytes[pixel] = (byte)((from[0] * 19595 + from[1] * 38470 + from[2] * 7471 + 0x8000) >> 16);
            else
                for (int c = 0; c < 3; c++) bytes[pixel * 3 + c] = Channels == 1 ? from[0] : from[c];
        }
        return new(Width, Height, channels, bytes);
    }

    /// <summary>A part of this picture; what lies outside of it is 0.</summary>
    /// <exception cref="ArgumentException">The region is empty.</exception>
    public RawImage Crop(PixelRegion region)
    {
        if (region.Width < 1 || region.Height < 1) throw new ArgumentException($"The region {region} is empty.", nameof(region));
        RawImage canvas = new(region.Width, region.Height, Channels, new byte[region.Width * region.Height * Channels]);
        return canvas.With(this, -region.Left, -region.Top);
    }

    /// <summary>A copy of this picture with another one laid over it; what lies beyond the border is cut off.</summary>
    /// <param name="other">A picture of as many channels; its alpha replaces this one's.</param>
    /// <param name="left">The column at which it begins; may be negative.</param>
    /// <param name="top">The row.</param>
    /// <exception cref="ArgumentException">The channels differ.</exception>
    public RawImage With(RawImage other, int left, int top)
    {
        if (other.Channels != Channels) throw new ArgumentException($"A picture of {other.Channels} channels cannot lie over one of {Channels}.", nameof(other));
        byte[] bytes = [.. Bytes];
        int first = Math.Max(0, left), columns = Math.Min(Width, left + other.Width) - first;
        if (columns > 0)
            for (int y = Math.Max(0, top); y < Math.Min(Height, top + other.Height); y++)
                other.Bytes.AsSpan(((y - top) * other.Width + first - left) * Channels, columns * Channels).CopyTo(bytes.AsSpan((y * Width + first) * Channels));
        return new(Width, Height, Channels, bytes);
    }
}
