using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>One tensor of a weights file, not yet read.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">The element type as stored.</param>
/// <param name="Shape">The shape; empty for a scalar.</param>
/// <param name="Offset">Where its bytes start in the file.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record TensorEntry(string Name, ScalarType Type, ImmutableArray<long> Shape, long Offset, long Length)
{
    /// <summary>Throws where a tensor that is to take the values has another shape.</summary>
    /// <param name="target">The tensor.</param>
    /// <param name="path">The file, for the message.</param>
    /// <exception cref="ArgumentException">It has.</exception>
    internal void ThrowIfUnlike(Tensor target, string path)
    {
        if (!target.shape.AsSpan().SequenceEqual(Shape.AsSpan()))
            throw new ArgumentException($"{path}: tensor '{Name}' has shape [{string.Join(", ", Shape)}], its target [{string.Join(", ", target.shape)}].", nameof(target));
    }
}

/// <summary>A .safetensors file, memory-mapped: opening reads the header, and each tensor is read when asked for.</summary>
/// <remarks>
/// Thread-safe for reading. The header is treated as hostile: every size and offset is checked before use, and as the format demands
/// the tensors must cover the file without gaps or overlaps.
/// </remarks>
public sealed class SafetensorsFile : IWeights
{
    /// <summary>The key of the free text in a header.</summary>
    internal const string MetadataKey = "__metadata__";

    /// <summary>The largest header that the format allows, in bytes.</summary>
    internal const long LargestHeader = 100_000_000;

    private const int LengthBytes = 8;
    private readonly MappedFile _file;

    private SafetensorsFile(MappedFile file)
    {
        _file = file;
        (Entries, Metadata) = ParseHeader();
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The header's free text under __metadata__.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">It is no sound safetensors file: the message says where it is broken.</exception>
    public static SafetensorsFile Open(string path) => MappedFile.Open(path, file => new SafetensorsFile(file));

    /// <inheritdoc/>
    public Tensor Load(string name, ScalarType? type = null) => _file.Load(Find(name), type ?? Find(name).Type);

    /// <inheritdoc/>
    public Tensor Map(string name, ScalarType? type = null) => _file.Map(Find(name), type ?? Find(name).Type);

    /// <inheritdoc/>
    public void LoadInto(string name, Tensor target) => _file.LoadInto(Find(name), target);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private TensorEntry Find(string name) =>
        Entries.TryGetValue(name, out TensorEntry? entry) ? entry : throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");

    private (IReadOnlyDictionary<string, TensorEntry>, IReadOnlyDictionary<string, string>) ParseHeader()
    {
        if (_file.Length < LengthBytes) throw Broken($"it has {_file.Length} bytes");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(_file.Read(0, LengthBytes));
        if (length > (ulong)Math.Min(LargestHeader, _file.Length - LengthBytes))
            throw Broken($"its header claims {length} bytes of the file's {_file.Length} (at most {LargestHeader} are allowed)");
        try
        {
            return ParseContent(_file.Read(LengthBytes, (int)length), LengthBytes + (long)length);
        }
        catch (InvalidOperationException e)
        {
            throw Broken($"a name in its header is not Unicode ({e.Message})");
        }
    }

    private (IReadOnlyDictionary<string, TensorEntry>, IReadOnlyDictionary<string, string>) ParseContent(byte[] header, long data)
    {
        using JsonDocument document = ParseJson(header);
        if (document.RootElement.ValueKind != JsonValueKind.Object) throw Broken("its header is not a JSON object");
        Dictionary<string, TensorEntry> entries = new(StringComparer.Ordinal);
        Dictionary<string, string> metadata = new(StringComparer.Ordinal);
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (!property.NameEquals(MetadataKey)) entries[property.Name] = ParseEntry(property, data);
            else if (property.Value.ValueKind != JsonValueKind.Object) throw Broken("its __metadata__ is not a JSON object");
            else foreach (JsonProperty text in property.Value.EnumerateObject()) metadata[text.Name] = text.Value.ToString();
        }
        CheckCover(entries.Values, data);
        return (entries, metadata);
    }

    private JsonDocument ParseJson(byte[] header)
    {
        try
        {
            return JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
        }
        catch (JsonException e)
        {
            throw Broken($"its header is not JSON ({e.Message})");
        }
    }

    private TensorEntry ParseEntry(JsonProperty property, long data)
    {
        try
        {
            ScalarType type = SafetensorsTypes.Parse(property.Value.GetProperty("dtype").GetString());
            ImmutableArray<long> shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
            long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
            long bytes = TensorSizes.Bytes(shape, SafetensorsTypes.Size(type));
            if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > _file.Length - data || offsets[1] - offsets[0] != bytes)
                throw Broken($"tensor '{property.Name}' claims bytes {string.Join("..", offsets)} of {_file.Length - data}, where its shape needs {bytes}");
            return new(property.Name, type, shape, data + offsets[0], bytes);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or NotSupportedException)
        {
            throw Broken($"tensor '{property.Name}': {e.Message}");
        }
    }

    private void CheckCover(IEnumerable<TensorEntry> entries, long data)
    {
        long end = data;
        foreach (TensorEntry entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length))
        {
            if (entry.Offset != end)
                throw Broken($"tensor '{entry.Name}' starts at byte {entry.Offset - data} of the data, {(entry.Offset < end ? "inside the tensor before it" : "after a gap")}; {end - data} is expected");
            end += entry.Length;
        }
        if (end != _file.Length) throw Broken($"{_file.Length - end} bytes at its end belong to no tensor");
    }

    private InvalidDataException Broken(string why) => new($"{Path} is not a sound safetensors file: {why}.");
}
