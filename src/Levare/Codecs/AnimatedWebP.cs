using System.Buffers.Binary;
using System.Text;
using Levare.Data;

namespace Levare.Codecs;

/// <summary>Animated WebP files (RFC 9649): frames without loss, each a whole picture.</summary>
public static class AnimatedWebP
{
    private const byte AnimationFlag = 2, NoBlending = 2;

    /// <summary>Encodes frames of one size; the animation is repeated for ever.</summary>
    /// <param name="frames">The pictures, at least one, and how long each is shown (1 ms to 4.6 h).</param>
    /// <exception cref="ArgumentException">There is none, or they differ in size.</exception>
    public static byte[] Encode(IReadOnlyList<(RawImage Image, TimeSpan Duration)> frames)
    {
        if (frames.Count == 0) throw new ArgumentException("An animation needs at least one frame.", nameof(frames));
        (int width, int height) = (frames[0].Image.Width, frames[0].Image.Height);
        if (frames.Any(frame => frame.Image.Width != width || frame.Image.Height != height))
            throw new ArgumentException("The frames of an animation are of one size.", nameof(frames));
        using MemoryStream body = new();
        body.Write("WEBP"u8);
        WriteChunk(body, "VP8X", [AnimationFlag, 0, 0, 0, .. Number(width - 1, 3), .. Number(height - 1, 3)]);
        // Background: transparent; loop count 0: for ever.
        WriteChunk(body, "ANIM", [0, 0, 0, 0, 0, 0]);
        foreach ((RawImage image, TimeSpan duration) in frames)
        {
            int milliseconds = (int)Math.Clamp(duration.TotalMilliseconds, 1, (1 << 24) - 1);
            WriteChunk(body, "ANMF", [
                .. Number(0, 3), .. Number(0, 3), .. Number(width - 1, 3), .. Number(height - 1, 3), .. Number(milliseconds, 3), NoBlending,
                .. ImageChunks(ImageEncoder.Encode(image, ImageFormat.WebP))]);
        }
        using MemoryStream file = new();
        WriteChunk(file, "RIFF", body.ToArray());
        return file.ToArray();
    }

    // What a still WebP file holds of pixels: its VP8L chunk, or ALPH and VP8.
    private static byte[] ImageChunks(byte[] still)
    {
        using MemoryStream chunks = new();
        for (int at = 12; at + 8 <= still.Length;)
        {
            string type = Encoding.ASCII.GetString(still, at, 4);
            int padded = 8 + (BinaryPrimitives.ReadInt32LittleEndian(still.AsSpan(at + 4)) + 1 & ~1);
            if (type is "VP8L" or "VP8 " or "ALPH") chunks.Write(still, at, padded);
            at += padded;
        }
        return chunks.ToArray();
    }

    private static void WriteChunk(Stream to, string type, byte[] body)
    {
        to.Write(Encoding.ASCII.GetBytes(type));
        to.Write(Number(body.Length, 4));
        to.Write(body);
        if (body.Length % 2 == 1) to.WriteByte(0);
    }

    private static byte[] Number(int value, int bytes) => BitConverter.GetBytes(value)[..bytes];
}
