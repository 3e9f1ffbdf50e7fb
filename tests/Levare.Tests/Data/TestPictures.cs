using Levare.Codecs;
using Levare.Data;

namespace Levare.Tests.Data;

/// <summary>Small pictures of one colour or of a ramp.</summary>
internal static class TestPictures
{
    public static RawImage Plain(byte red, byte green, byte blue, int width = 8, int height = 8) =>
        new(width, height, 3, [.. Enumerable.Repeat(new[] { red, green, blue }, width * height).SelectMany(pixel => pixel)]);

    /// <summary>Grey, brighter from left to right and from top to bottom.</summary>
    public static RawImage Ramp(int width, int height) =>
        new(width, height, 1, [.. Enumerable.Range(0, width * height).Select(i => (byte)(i % width * 10 + i / width))]);

    public static byte[] Png(byte red, byte green, byte blue) => ImageEncoder.Encode(Plain(red, green, blue));

    /// <summary>A set of n grey pictures, each filled with its own index.</summary>
    public static ImageSet Numbered(int count, int size = 2, int classes = 1) =>
        ImageSetReader.Read(new Source(count, size, classes), new(new ImageShape(size, 1)));

    private sealed class Source(int count, int size, int classes) : IImageSource
    {
        public string Path => "numbered";

        public IReadOnlyList<string> ClassNames => [.. Enumerable.Range(0, classes).Select(c => $"class {c}")];

        public string Fingerprint => $"{count} {size} {classes}";

        public IEnumerable<ImageExample> Read() => Enumerable.Range(0, count)
            .Select(i => new ImageExample($"{i}", i % classes, $"number {i}", _ => new RawImage(size, size, 1, [.. Enumerable.Repeat((byte)i, size * size)])));
    }
}
