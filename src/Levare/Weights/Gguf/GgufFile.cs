using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A GGUF file, memory-mapped: plain tensors are read as they are, quantised ones become float32 when asked for.</summary>
/// <remarks>Thread-safe for reading. Values of quantised tensors are ggml's to the last bit. Nothing but tensors, texts and numbers is read.</remarks>
internal sealed class GgufFile : IWeights
{
    // Blocks are worked on in portions of this many values, several at the same time.
    private const int Portion = 1 << 18;
    private readonly MappedFile _file;
    private readonly IReadOnlyDictionary<string, GgufTensor> _tensors;

    private GgufFile(MappedFile file)
    {
        _file = file;
        GgufHeader header = GgufHeader.Read(file);
        _tensors = header.Tensors;
        Metadata = header.Texts;
        Entries = header.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.Entry, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    /// <remarks>Quantised tensors are float32; their length is that of their bytes in the file.</remarks>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>The texts among the file's settings, such as general.architecture.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>How a tensor is stored: F16, Q4_K, ...</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public string StoredType(string name) => Find(name).Type.Name;

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">It is no sound GGUF file: the message says where it is broken.</exception>
    /// <exception cref="NotSupportedException">A tensor has an element type that is not known; the message names it.</exception>
    public static GgufFile Open(string path) => MappedFile.Open(path, file => new GgufFile(file));

    /// <inheritdoc/>
    public Tensor Load(string name, ScalarType? type = null)
    {
        GgufTensor tensor = Find(name);
        if (tensor.Type.Plain is { } plain) return _file.Load(tensor.Entry, type ?? plain);
        Tensor values = empty(tensor.Entry.Shape.AsSpan(), dtype: ScalarType.Float32);
        try
        {
            Dequantise(tensor, values);
            if (type is null or ScalarType.Float32) return values;
            Tensor converted = values.to(type.Value);
            values.Dispose();
            return converted;
        }
        catch
        {
            values.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor Map(string name, ScalarType? type = null)
    {
        GgufTensor tensor = Find(name);
        return tensor.Type.Plain is { } plain ? _file.Map(tensor.Entry, type ?? plain) : Load(name, type);
    }

    /// <inheritdoc/>
    public void LoadInto(string name, Tensor target)
    {
        GgufTensor tensor = Find(name);
        if (tensor.Type.Plain is not null)
        {
            _file.LoadInto(tensor.Entry, target);
            return;
        }
        tensor.Entry.ThrowIfUnlike(target, Path);
        using var noGradient = no_grad();
        using Tensor values = Load(name);
        target.copy_(values);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private unsafe void Dequantise(GgufTensor tensor, Tensor values)
    {
        GgufType type = tensor.Type;
        long blocks = values.NumberOfElements / type.BlockValues;
        int portion = Portion / type.BlockValues;
        nint target = NativeTensor.DataPointer(values);
        Parallel.For(0, (blocks + portion - 1) / portion, i =>
        {
            long first = i * portion;
            int count = (int)Math.Min(portion, blocks - first);
            ReadOnlySpan<byte> stored = _file.Read(tensor.Entry.Offset + first * type.BlockBytes, count * type.BlockBytes);
            Span<float> made = new((float*)target + first * type.BlockValues, count * type.BlockValues);
            for (int block = 0; block < count; block++)
                type.Dequantise!(stored.Slice(block * type.BlockBytes, type.BlockBytes), made.Slice(block * type.BlockValues, type.BlockValues));
        });
    }

    private GgufTensor Find(string name) => _tensors.TryGetValue(name, out GgufTensor? tensor) ? tensor : throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");
}
