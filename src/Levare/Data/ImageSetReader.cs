using System.Collections.Immutable;
using System.Globalization;

namespace Levare.Data;

/// <summary>How a source is read into an <see cref="ImageSet"/>.</summary>
/// <param name="Shape">The shape that every picture is brought to.</param>
public sealed record ImageReading(ImageShape Shape)
{
    /// <summary>The share of broken pictures, 0..1, above which reading fails.</summary>
    public double TolerableShare { get; init; } = 0.05;

    /// <summary>The most pixels that one picture may have.</summary>
    public long PixelLimit { get; init; } = ImageDecoder.DefaultPixelLimit;

    /// <summary>The cache file: written when it is missing or stale, and mapped instead of held in memory; null for memory.</summary>
    public string? CacheFile { get; init; }
}

/// <summary>Decodes whole sources, on all cores; a broken picture is named and left out.</summary>
public static class ImageSetReader
{
    private const int Chunk = 256, Listed = 10;

    /// <summary>Reads a source, or its cache file where that is up to date.</summary>
    /// <param name="source">Where the pictures come from.</param>
    /// <param name="reading">How they are read.</param>
    /// <param name="progress">Told the number of pictures read so far.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InvalidDataException">There is no picture, or too many are broken: the message lists the first ten.</exception>
    public static ImageSet Read(IImageSource source, ImageReading reading, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        if (reading.CacheFile is null) return ReadToMemory(source, reading, progress, cancellation);
        string key = SourceFingerprint.OfText($"{source.Fingerprint} {reading.Shape} {reading.PixelLimit}");
        ImageSet? cached = ImageSetFile.TryOpen(reading.CacheFile, reading.Shape, key);
        if (cached is not null) return Checked(cached, source, reading);
        ImageSetFile.Write(reading.CacheFile, key, Rows(source, reading, progress, cancellation), index => Check(index, source, reading), source.ClassNames);
        return ImageSetFile.TryOpen(reading.CacheFile, reading.Shape, key)
            ?? throw new IOException($"{reading.CacheFile} was written but cannot be read back.");
    }

    private static ImageSet ReadToMemory(IImageSource source, ImageReading reading, IProgress<int>? progress, CancellationToken cancellation)
    {
        ImageSetIndexBuilder index = new("", source.ClassNames);
        List<byte[]> pictures = [];
        foreach (DecodedRow row in Rows(source, reading, progress, cancellation))
        {
            index.Add(row);
            if (row.Pixels is not null) pictures.Add(row.Pixels);
        }
        ImageSetIndex built = index.Build();
        Check(built, source, reading);
        return new(reading.Shape, new MemoryPixels([.. pictures]), built);
    }

    private static IEnumerable<DecodedRow> Rows(IImageSource source, ImageReading reading, IProgress<int>? progress, CancellationToken cancellation)
    {
        int done = 0;
        foreach (ImageExample[] chunk in source.Read().Chunk(Chunk))
        {
            cancellation.ThrowIfCancellationRequested();
            DecodedRow[] rows = new DecodedRow[chunk.Length];
            Parallel.For(0, chunk.Length, new() { CancellationToken = cancellation }, i => rows[i] = Decode(chunk[i], reading));
            foreach (DecodedRow row in rows) yield return row;
            progress?.Report(done += chunk.Length);
        }
    }

    private static DecodedRow Decode(ImageExample example, ImageReading reading)
    {
        try
        {
            return new(example, reading.Shape.Apply(example.Decode(reading.PixelLimit)), null);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return new(example, null, e.Message);
        }
    }

    private static ImageSet Checked(ImageSet set, IImageSource source, ImageReading reading)
    {
        Check(set.Names.Length, set.Skipped, source, reading);
        return set;
    }

    private static void Check(ImageSetIndex index, IImageSource source, ImageReading reading) => Check(index.Names.Length, index.Skipped, source, reading);

    private static void Check(int good, ImmutableArray<SkippedImage> skipped, IImageSource source, ImageReading reading)
    {
        int all = good + skipped.Length;
        if (good > 0 && skipped.Length <= reading.TolerableShare * all) return;
        if (all == 0) throw new InvalidDataException($"{source.Path} holds no picture.");
        string list = string.Join("\n", skipped.Take(Listed).Select(image => $"  {image.Name}: {image.Reason}"));
        string tolerable = reading.TolerableShare.ToString("P0", CultureInfo.InvariantCulture);
        throw new InvalidDataException(
            $"{skipped.Length} of {all} pictures of {source.Path} cannot be used; {tolerable} would be tolerable. {(skipped.Length > Listed ? $"The first {Listed}" : "They")} are:\n{list}");
    }
}

/// <summary>One example after decoding: its pixels, or why there are none.</summary>
internal readonly record struct DecodedRow(ImageExample Example, byte[]? Pixels, string? Failure);

/// <summary>Collects what a set knows beside its pixels.</summary>
internal sealed class ImageSetIndexBuilder(string key, IReadOnlyList<string> classNames)
{
    private readonly ImmutableArray<string>.Builder _names = ImmutableArray.CreateBuilder<string>();
    private readonly ImmutableArray<int>.Builder _labels = ImmutableArray.CreateBuilder<int>();
    private readonly ImmutableArray<string?>.Builder _captions = ImmutableArray.CreateBuilder<string?>();
    private readonly ImmutableArray<SkippedImage>.Builder _skipped = ImmutableArray.CreateBuilder<SkippedImage>();

    public void Add(DecodedRow row)
    {
        if (row.Pixels is null)
        {
            _skipped.Add(new(row.Example.Name, row.Failure!));
            return;
        }
        _names.Add(row.Example.Name);
        _labels.Add(row.Example.Label ?? -1);
        _captions.Add(row.Example.Caption);
    }

    public ImageSetIndex Build()
    {
        int classes = Math.Max(classNames.Count, _labels.Count == 0 ? 0 : _labels.Max() + 1);
        ImmutableArray<string> names = [.. Enumerable.Range(0, classes).Select(label => label < classNames.Count ? classNames[label] : $"{label}")];
        return new(key, _names.ToImmutable(), _labels.ToImmutable(), _captions.ToImmutable(), names, _skipped.ToImmutable());
    }
}
