using System.Text.Json;
using Parquet;
using Parquet.Schema;

namespace Levare.Data;

/// <summary>Pictures in the rows of Parquet files, as the Hugging Face hub stores them.</summary>
/// <remarks>
/// The picture is a column of bytes, or a struct with the field <c>bytes</c>; <c>label</c> (a whole number) and <c>text</c> or <c>caption</c> are
/// taken when they are there, and the names of classes from the file's own metadata. One row group at a time is in memory.
/// </remarks>
public sealed class ParquetImages : IImageSource
{
    private const int LargestRowGroup = 4_000_000;
    private static readonly string[] LabelNames = ["label", "labels", "class", "fine_label"], CaptionNames = ["text", "caption", "prompt"];
    private readonly string[] _files;

    /// <summary>The files of one set, read one after the other; their columns must agree.</summary>
    /// <exception cref="InvalidDataException">The first file is no Parquet file or has no column of pictures.</exception>
    public ParquetImages(params IReadOnlyList<string> files)
    {
        if (files.Count == 0) throw new ArgumentException("At least one file is needed.", nameof(files));
        _files = [.. files];
        ClassNames = Guarded(_files[0], () =>
        {
            using FileStream stream = File.OpenRead(_files[0]);
            ParquetReader reader = Wait(ParquetReader.CreateAsync(stream));
            Columns.Of(_files[0], reader.Schema);
            return NamesOfClasses(reader.CustomMetadata);
        });
    }

    /// <inheritdoc/>
    public string Path => _files[0];

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint => SourceFingerprint.Of(_files);

    /// <inheritdoc/>
    public IEnumerable<ImageExample> Read() => _files.SelectMany(ReadFile);

    private static IEnumerable<ImageExample> ReadFile(string path)
    {
        using FileStream stream = File.OpenRead(path);
        ParquetReader reader = Guarded(path, () => Wait(ParquetReader.CreateAsync(stream)));
        Columns columns = Columns.Of(path, reader.Schema);
        long row = 0;
        for (int group = 0; group < reader.RowGroupCount; group++)
            foreach (ImageExample example in Guarded(path, () => ReadGroup(path, reader, columns, group, row)))
            {
                row++;
                yield return example;
            }
    }

    private static ImageExample[] ReadGroup(string path, ParquetReader reader, Columns columns, int group, long firstRow)
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        if (rows.RowCount is < 0 or > LargestRowGroup)
            throw new InvalidDataException($"row group {group} claims {rows.RowCount} rows; at most {LargestRowGroup} are read");
        int count = (int)rows.RowCount;
        byte[]?[] images = new byte[]?[count];
        Wait(rows.ReadAsync(columns.Image, images.AsMemory()));
        int?[] labels = columns.Label is null ? new int?[count] : ReadLabels(rows, columns.Label, count);
        string?[] captions = new string?[count];
        if (columns.Caption is not null) Wait(rows.ReadAsync(columns.Caption, captions.AsMemory()));
        return [.. Enumerable.Range(0, count).Select(i => new ImageExample($"{path}[{firstRow + i}]", labels[i], captions[i],
            limit => ImageDecoder.Decode(images[i] ?? throw new InvalidDataException("the row holds no picture"), limit)))];
    }

    private static int?[] ReadLabels(ParquetRowGroupReader rows, DataField field, int count) =>
        field.ClrType == typeof(int) ? Read<int>(rows, field, count, label => label)
        : field.ClrType == typeof(byte) ? Read<byte>(rows, field, count, label => label)
        : field.ClrType == typeof(short) ? Read<short>(rows, field, count, label => label)
        : Read<long>(rows, field, count, label => checked((int)label));

    private static int?[] Read<T>(ParquetRowGroupReader rows, DataField field, int count, Func<T, int> convert) where T : struct
    {
        if (!field.IsNullable)
        {
            T[] values = new T[count];
            Wait(rows.ReadAsync<T>(field, values.AsMemory()));
            return [.. values.Select(value => (int?)convert(value))];
        }
        T?[] optional = new T?[count];
        Wait(rows.ReadAsync<T>(field, optional.AsMemory()));
        return [.. optional.Select(value => value is { } known ? convert(known) : (int?)null)];
    }

    // {"info": {"features": {"label": {"names": [...], "_type": "ClassLabel"}}}} under the key "huggingface".
    private static string[] NamesOfClasses(IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata?.GetValueOrDefault("huggingface") is not { } json) return [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement features = document.RootElement.GetProperty("info").GetProperty("features");
            foreach (string name in LabelNames)
                if (features.TryGetProperty(name, out JsonElement label) && label.TryGetProperty("names", out JsonElement names))
                    return [.. names.EnumerateArray().Select(n => n.ToString())];
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Names are a courtesy: without them classes are called by their numbers.
        }
        return [];
    }

    // The library reads from memory or a local file, so waiting costs no thread that could do other work.
    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Wait(ValueTask task) => task.AsTask().GetAwaiter().GetResult();

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (FileNotFoundException or DirectoryNotFoundException or OutOfMemoryException or OperationCanceledException))
        {
            throw new InvalidDataException($"{path} cannot be read as Parquet: {e.Message}", e);
        }
    }

    private sealed record Columns(DataField Image, DataField? Label, DataField? Caption)
    {
        public static Columns Of(string path, ParquetSchema schema)
        {
            DataField[] fields = schema.GetDataFields();
            DataField image = fields.FirstOrDefault(field => IsBytes(field) && field.MaxRepetitionLevel == 0 && field.Name == "bytes")
                ?? fields.FirstOrDefault(field => IsBytes(field) && field.MaxRepetitionLevel == 0)
                ?? throw new InvalidDataException($"{path} has no column of bytes for the pictures; it has {string.Join(", ", fields.Select(f => $"{f.Path} ({f.ClrType.Name})"))}");
            return new(image,
                Find(fields, LabelNames, field => field.ClrType == typeof(long) || field.ClrType == typeof(int) || field.ClrType == typeof(short) || field.ClrType == typeof(byte)),
                Find(fields, CaptionNames, field => field.ClrType == typeof(string) || field.ClrType == typeof(ReadOnlyMemory<char>)));
        }

        // The library reads variable-length columns as either of two types.
        private static bool IsBytes(DataField field) => field.ClrType == typeof(byte[]) || field.ClrType == typeof(ReadOnlyMemory<byte>);

        private static DataField? Find(DataField[] fields, string[] names, Func<DataField, bool> fits) =>
            names.Select(name => fields.FirstOrDefault(field => field.Name == name && field.MaxRepetitionLevel == 0 && fits(field))).FirstOrDefault(field => field is not null);
    }
}
