using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;
using System.Text.Json;
using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>One tensor of a weights file, not yet read.</summary>
/// <param name="Name">Its key.</param>
/// <param name="Type">The element type as stored.</param>
/// <param name="Shape">The shape; empty for a scalar.</param>
/// <param name="Offset">Where its bytes start in the file.</param>
/// <param name="Length">How many bytes it has.</param>
public sealed record TensorEntry(string Name, ScalarType Type, ImmutableArray<long> Shape, long Offset, long Length);

/// <summary>A .safetensors file, memory-mapped: opening reads the header, and each tensor is read when asked for.</summary>
/// <remarks>Thread-safe for reading. The header is treated as hostile: every size and offset is checked before use.</remarks>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const long LargestHeader = 100 << 20;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private SafetensorsFile(string path, MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start, long size)
    {
        Path = path;
        _map = map;
        _view = view;
        _start = start;
        (Entries, Metadata) = ParseHeader(size);
    }

    /// <summary>The file's path.</summary>
    public string Path { get; }

    /// <summary>The tensors by key.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The header's free text under __metadata__.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">It is no sound safetensors file: the message says where it is broken.</exception>
    public static SafetensorsFile Open(string path)
    {
        long size = new FileInfo(path).Length;
        if (size < 8) throw new InvalidDataException($"{path} is not a safetensors file: it has {size} bytes.");
        MemoryMappedFile map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        MemoryMappedViewAccessor view = map.CreateViewAccessor(0, size, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            return new(path, map, view, start, size);
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            view.Dispose();
            map.Dispose();
            throw;
        }
    }

    /// <summary>Reads one tensor, which is then the caller's.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="type">The element type wanted; as stored when null.</param>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    public Tensor Load(string name, ScalarType? type = null)
    {
        if (!Entries.TryGetValue(name, out TensorEntry? entry)) throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");
        Tensor tensor = empty(entry.Shape.AsSpan(), dtype: entry.Type);
        if (entry.Length > 0)
            Buffer.MemoryCopy(_start + entry.Offset, (void*)NativeTensor.DataPointer(tensor), entry.Length, entry.Length);
        return type is { } wanted && wanted != entry.Type ? tensor.to(wanted, disposeAfter: true) : tensor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    private (IReadOnlyDictionary<string, TensorEntry>, IReadOnlyDictionary<string, string>) ParseHeader(long size)
    {
        ulong length = *(ulong*)_start;
        if (length > (ulong)Math.Min(LargestHeader, size - 8)) throw Broken($"its header claims {length} bytes");
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(new ReadOnlySpan<byte>(_start + 8, (int)length).ToArray());
        }
        catch (JsonException e)
        {
            throw Broken($"its header is not JSON ({e.Message})");
        }
        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw Broken("its header is not a JSON object");
            Dictionary<string, TensorEntry> entries = new(StringComparer.Ordinal);
            Dictionary<string, string> metadata = new(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("__metadata__"))
                    foreach (JsonProperty text in property.Value.EnumerateObject()) metadata[text.Name] = text.Value.ToString();
                else
                    entries[property.Name] = ParseEntry(property, 8 + (long)length, size);
            }
            return (entries, metadata);
        }
    }

    private TensorEntry ParseEntry(JsonProperty property, long data, long size)
    {
        try
        {
            ScalarType type = SafetensorsTypes.Parse(property.Value.GetProperty("dtype").GetString());
            ImmutableArray<long> shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
            long[] offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
            long elements = 1;
            foreach (long n in shape) elements = checked(elements * (n < 0 ? throw new OverflowException() : n));
            long bytes = checked(elements * SafetensorsTypes.Size(type));
            if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] > size - data || offsets[1] - offsets[0] != bytes)
                throw Broken($"tensor '{property.Name}' claims bytes {string.Join("..", offsets)}, where its shape needs {bytes}");
            return new(property.Name, type, shape, data + offsets[0], bytes);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or NotSupportedException)
        {
            throw Broken($"tensor '{property.Name}': {e.Message}");
        }
    }

    private InvalidDataException Broken(string why) => new($"{Path} is not a sound safetensors file: {why}.");
}
