using System.Buffers.Binary;
using System.IO.Compression;

namespace Levare.Data;

/// <summary>Grey pictures and labels in the idx format of MNIST, plain or gzipped.</summary>
public sealed class IdxImages : IImageSource
{
    private const int LargestSide = 4096;
    private readonly string _labels;

    /// <summary>The pictures of one file and, where there are any, the labels of another.</summary>
    /// <param name="images">A file of idx3-ubyte.</param>
    /// <param name="labels">A file of idx1-ubyte; null without labels.</param>
    /// <param name="classNames">Names by label.</param>
    public IdxImages(string images, string? labels, IReadOnlyList<string>? classNames = null)
    {
        Path = images;
        _labels = labels ?? "";
        ClassNames = classNames ?? [];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint => SourceFingerprint.Of(_labels.Length > 0 ? [Path, _labels] : [Path]);

    /// <inheritdoc/>
    public IEnumerable<ImageExample> Read()
    {
        using Stream images = Open(Path);
        int[] header = Header(images, Path, 3);
        (int count, int height, int width) = (header[0], header[1], header[2]);
        if (height is < 1 or > LargestSide || width is < 1 or > LargestSide)
            throw new InvalidDataException($"{Path} claims pictures of {width}x{height}; a side has 1 to {LargestSide} pixels.");
        byte[]? labels = _labels.Length > 0 ? Labels(count) : null;
        for (int index = 0; index < count; index++)
        {
            byte[] pixels = new byte[width * height];
            ReadExactly(images, pixels, Path, $"picture {index} of {count}");
            yield return new($"{Path}[{index}]", labels?[index], null, _ => new RawImage(width, height, 1, pixels));
        }
    }

    private byte[] Labels(int count)
    {
        using Stream stream = Open(_labels);
        int claimed = Header(stream, _labels, 1)[0];
        if (claimed != count) throw new InvalidDataException($"{_labels} has {claimed} labels, where {Path} has {count} pictures.");
        byte[] labels = new byte[count];
        ReadExactly(stream, labels, _labels, "the labels");
        return labels;
    }

    // Two zero bytes, the element type (8: unsigned byte), the number of dimensions, then each dimension, big-endian.
    private static int[] Header(Stream stream, string path, int dimensions)
    {
        byte[] bytes = new byte[4 + 4 * dimensions];
        ReadExactly(stream, bytes, path, "its header");
        if (bytes[0] != 0 || bytes[1] != 0 || bytes[2] != 8 || bytes[3] != dimensions)
            throw new InvalidDataException($"{path} is no idx file of {dimensions}-dimensional unsigned bytes: it starts with {Convert.ToHexString(bytes[..4])}.");
        int[] sizes = [.. Enumerable.Range(0, dimensions).Select(i => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 + 4 * i)))];
        return sizes.All(size => size >= 0) ? sizes : throw new InvalidDataException($"{path} claims the sizes {string.Join(" x ", sizes)}.");
    }

    private static Stream Open(string path)
    {
        FileStream file = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static void ReadExactly(Stream stream, byte[] bytes, string path, string what)
    {
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (read < bytes.Length) throw new InvalidDataException($"{path} ends within {what}.");
    }
}
