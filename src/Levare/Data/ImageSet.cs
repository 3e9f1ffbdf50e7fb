using System.Collections.Immutable;

namespace Levare.Data;

/// <summary>A picture that could not be used, and why.</summary>
/// <param name="Name">Where it lies.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record SkippedImage(string Name, string Reason);

/// <summary>Decoded pictures of one shape with their labels and captions. Immutable and thread-safe.</summary>
/// <remarks>Its pictures may lie in a memory-mapped file: see <see cref="ImageSetReader"/>.</remarks>
public sealed class ImageSet : IDisposable
{
    private readonly IPixelStore _pixels;

    internal ImageSet(ImageShape shape, IPixelStore pixels, ImageSetIndex index)
    {
        Shape = shape;
        _pixels = pixels;
        Names = index.Names;
        Labels = index.Labels;
        Captions = index.Captions;
        ClassNames = index.ClassNames;
        Skipped = index.Skipped;
    }

    /// <summary>The shape of each picture.</summary>
    public ImageShape Shape { get; }

    /// <summary>How many pictures there are.</summary>
    public int Count => Names.Length;

    /// <summary>Where each picture came from.</summary>
    public ImmutableArray<string> Names { get; }

    /// <summary>Each picture's class, 0 or more; -1 without one.</summary>
    public ImmutableArray<int> Labels { get; }

    /// <summary>Each picture's text; null without one.</summary>
    public ImmutableArray<string?> Captions { get; }

    /// <summary>The classes' names by label; numbers where the source has none.</summary>
    public ImmutableArray<string> ClassNames { get; }

    /// <summary>The pictures of the source that could not be decoded.</summary>
    public ImmutableArray<SkippedImage> Skipped { get; }

    /// <summary>The bytes of one picture, [channels, size, size].</summary>
    public ReadOnlySpan<byte> Pixels(int index) => _pixels[index];

    /// <inheritdoc/>
    public void Dispose() => _pixels.Dispose();
}

/// <summary>What a set knows beside its pixels; written into cache files as JSON.</summary>
internal sealed record ImageSetIndex(
    string Key,
    ImmutableArray<string> Names,
    ImmutableArray<int> Labels,
    ImmutableArray<string?> Captions,
    ImmutableArray<string> ClassNames,
    ImmutableArray<SkippedImage> Skipped);

/// <summary>Where the bytes of pictures lie.</summary>
internal interface IPixelStore : IDisposable
{
    ReadOnlySpan<byte> this[int index] { get; }
}

/// <summary>Pictures in memory.</summary>
internal sealed class MemoryPixels(byte[][] pictures) : IPixelStore
{
    public ReadOnlySpan<byte> this[int index] => pictures[index];

    public void Dispose()
    {
    }
}
