using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A file that torch.save wrote (.pt, .pth, .bin, .ckpt): zip archives, and the plain format of before PyTorch 1.6.</summary>
/// <remarks>
/// Pickles are programs; this reads them without running any. Tensors, parameters, dictionaries and plain values are known, and
/// any other name in the file is an error that states it. Dictionaries within dictionaries become keys with dots between; values that are no tensors
/// are passed over. Every size and offset is checked before use. Thread-safe for reading; each tensor is read when asked for.
/// </remarks>
internal sealed class TorchPickleFile : IWeights
{
    private const int DeepestNesting = 32;
    private static readonly BigInteger LegacyMagic = BigInteger.Parse("119547037146038801333356");
    private readonly MappedFile _file;
    private readonly Dictionary<string, PickleTensor> _tensors = new(StringComparer.Ordinal);

    private TorchPickleFile(MappedFile file)
    {
        _file = file;
        (object? root, Func<PickleStorage, long> locate, long size) = IsZip(file) ? ReadArchive() : ReadLegacy();
        Flatten(root, "", 0, new Budget(size));
        Numbers = NumbersOf(root);
        Entries = _tensors.ToDictionary(pair => pair.Key, pair => Entry(pair.Key, pair.Value, locate), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Whole numbers beside the tensors at the top of the file: epoch, global_step.</summary>
    internal IReadOnlyDictionary<string, long> Numbers { get; }

    /// <summary>Opens a file and reads what it says of its tensors.</summary>
    /// <exception cref="InvalidDataException">It is broken, or holds more than tensors and plain values: the message says what.</exception>
    public static TorchPickleFile Open(string path)
    {
        try
        {
            return MappedFile.Open(path, file => new TorchPickleFile(file));
        }
        catch (InvalidDataException e) when (!e.Message.Contains(path, StringComparison.Ordinal))
        {
            throw new InvalidDataException($"{path} cannot be read as a torch file: {e.Message}.", e);
        }
    }

    /// <inheritdoc/>
    public Tensor Load(string name, ScalarType? type = null)
    {
        TensorEntry entry = Find(name);
        if (_tensors[name].IsContiguous) return _file.Load(entry, type ?? entry.Type);
        using var scope = NewDisposeScope();
        Tensor flat = _file.Load(entry with { Shape = [_tensors[name].Span] }, entry.Type);
        Tensor plain = empty([.. entry.Shape], type ?? entry.Type);
        plain.copy_(flat.as_strided([.. entry.Shape], [.. _tensors[name].Strides]));
        return plain.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Map(string name, ScalarType? type = null)
    {
        TensorEntry entry = Find(name);
        return _tensors[name].IsContiguous ? _file.Map(entry, type ?? entry.Type) : Load(name, type);
    }

    /// <inheritdoc/>
    public void LoadInto(string name, Tensor target)
    {
        TensorEntry entry = Find(name);
        if (_tensors[name].IsContiguous)
        {
            _file.LoadInto(entry, target);
            return;
        }
        entry.ThrowIfUnlike(target, Path);
        using var noGradient = no_grad();
        using Tensor plain = Load(name);
        target.copy_(plain);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private TensorEntry Find(string name) =>
        Entries.TryGetValue(name, out TensorEntry? entry) ? entry : throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");

    private static bool IsZip(MappedFile file) => file.Length >= 2 && file.Read(0, 2).AsSpan().SequenceEqual("PK"u8);

    private (object?, Func<PickleStorage, long>, long) ReadArchive()
    {
        IReadOnlyDictionary<string, ZipEntry> entries = ZipDirectory.Read(_file);
        const string pickle = "/data.pkl";
        ZipEntry[] pickles = [.. entries.Values.Where(entry => entry.Name.EndsWith(pickle, StringComparison.Ordinal) && entry.Name.IndexOf('/') == entry.Name.Length - pickle.Length)];
        if (pickles.Length != 1) throw new InvalidDataException($"it is a zip archive with {pickles.Length} entries NAME/data.pkl, where torch writes one");
        string prefix = pickles[0].Name[..^"data.pkl".Length];
        if (entries.TryGetValue($"{prefix}byteorder", out ZipEntry order) && Encoding.ASCII.GetString(_file.Read(order.Offset, (int)Math.Min(order.Length, 16))) != "little")
            throw new InvalidDataException("its numbers are not little-endian");
        object? root = PickleReader.Read(new(_file, pickles[0].Offset, pickles[0].Offset + pickles[0].Length));
        return (root, storage => Locate(entries, $"{prefix}data/{storage.Key}", storage), pickles[0].Length);
    }

    private static long Locate(IReadOnlyDictionary<string, ZipEntry> entries, string name, PickleStorage storage)
    {
        if (!entries.TryGetValue(name, out ZipEntry entry)) throw new InvalidDataException($"it has no entry '{name}', which a tensor needs");
        long bytes = StorageBytes(storage);
        return entry.Length == bytes ? entry.Offset : throw new InvalidDataException($"its entry '{name}' has {entry.Length} bytes, where a tensor needs {bytes}");
    }

    // Magic number, protocol, system, the value, the keys of the storages; then each storage's number of elements and bytes.
    private (object?, Func<PickleStorage, long>, long) ReadLegacy()
    {
        ByteCursor cursor = new(_file, 0, _file.Length);
        if (_file.Length == 0 || _file.Read(0, 1)[0] != 0x80 || PickleReader.Read(cursor) is not BigInteger magic || magic != LegacyMagic)
            throw new InvalidDataException("it is neither a zip archive nor begins with torch's magic number");
        if (PickleReader.Read(cursor) is not 1001L) throw new InvalidDataException("its format version is not 1001");
        if (PickleReader.Read(cursor) is PickleDictionary system && system.Items.Any(item => item.Key is "little_endian" && item.Value is false))
            throw new InvalidDataException("its numbers are not little-endian");
        object? root = PickleReader.Read(cursor);
        if (PickleReader.Read(cursor) is not List<object?> keys) throw new InvalidDataException("its list of storages is not a list");
        Dictionary<string, PickleStorage> types = StoragesOf(root, cursor.Position);
        Dictionary<string, long> offsets = new(StringComparer.Ordinal);
        long pickled = cursor.Position;
        foreach (object? key in keys)
        {
            if (key is not string name || !types.TryGetValue(name, out PickleStorage? storage)) throw new InvalidDataException($"its storage '{key}' belongs to no tensor");
            long elements = cursor.Int64();
            if (elements != storage.Elements) throw new InvalidDataException($"its storage '{name}' has {elements} elements, where a tensor needs {storage.Elements}");
            if (!offsets.TryAdd(name, cursor.Position)) throw new InvalidDataException($"it has the storage '{name}' twice");
            cursor.Skip(StorageBytes(storage));
        }
        return (root, storage => offsets.TryGetValue(storage.Key, out long offset) ? offset : throw new InvalidDataException($"it has no storage '{storage.Key}'"), pickled);
    }

    private static Dictionary<string, PickleStorage> StoragesOf(object? root, long size)
    {
        Dictionary<string, PickleStorage> storages = new(StringComparer.Ordinal);
        Visit(root, "", 0, new Budget(size), (_, tensor) =>
        {
            if (!storages.TryAdd(tensor.Storage.Key, tensor.Storage) && storages[tensor.Storage.Key] != tensor.Storage)
                throw new InvalidDataException($"its storage '{tensor.Storage.Key}' has two types or sizes");
        });
        return storages;
    }

    private void Flatten(object? value, string key, int depth, Budget budget) => Visit(value, key, depth, budget, (name, tensor) =>
    {
        if (!_tensors.TryAdd(name, tensor)) throw new InvalidDataException($"it has the tensor '{name}' twice");
    });

    private static Dictionary<string, long> NumbersOf(object? root)
    {
        Dictionary<string, long> numbers = new(StringComparer.Ordinal);
        if (root is PickleDictionary dictionary)
            foreach ((object? key, object? value) in dictionary.Items)
                if (key is string name && value is long number) numbers[name] = number;
        return numbers;
    }

    private static void Visit(object? value, string key, int depth, Budget budget, Action<string, PickleTensor> found)
    {
        if (depth > DeepestNesting) throw new InvalidDataException($"its dictionaries are nested deeper than {DeepestNesting}");
        switch (value)
        {
            case PickleTensor tensor:
                found(key, tensor);
                break;
            case PickleDictionary dictionary:
                foreach ((object? name, object? item) in dictionary.Items)
                    if (name is string or long && budget.Admits(item)) Visit(item, Join(key, name, budget), depth + 1, budget, found);
                break;
            case List<object?> or object?[]:
                int index = 0;
                foreach (object? item in (IEnumerable<object?>)value)
                {
                    if (budget.Admits(item)) Visit(item, Join(key, index, budget), depth + 1, budget, found);
                    index++;
                }
                break;
            default:
                break;
        }
    }

    private static string Join(string key, object name, Budget budget)
    {
        string joined = key.Length == 0 ? $"{name}" : $"{key}.{name}";
        budget.SpendOnName(joined.Length);
        return joined;
    }

    private static TensorEntry Entry(string name, PickleTensor tensor, Func<PickleStorage, long> locate)
    {
        int size = SafetensorsTypes.Size(tensor.Storage.Type);
        return new(name, tensor.Storage.Type, tensor.Shape, locate(tensor.Storage) + tensor.Offset * size, tensor.Span * size);
    }

    private static long StorageBytes(PickleStorage storage)
    {
        try
        {
            return TensorSizes.Bytes([storage.Elements], SafetensorsTypes.Size(storage.Type));
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"its storage '{storage.Key}' claims {storage.Elements} elements", e);
        }
    }

    // A pickle can name one value many times over, with long names; what n bytes hold is visited n times at most, under names of so many letters for each byte.
    private sealed class Budget(long visits)
    {
        private const int Letters = 64;
        private long _left = visits, _lettersLeft = visits * Letters;

        /// <summary>Whether a value is a tensor or may hold some.</summary>
        public bool Admits(object? value)
        {
            if (--_left < 0) throw new InvalidDataException("it names the same values too often");
            return value is PickleTensor or PickleDictionary or List<object?> or object?[];
        }

        public void SpendOnName(int letters)
        {
            if ((_lettersLeft -= letters) < 0) throw new InvalidDataException("the names of its values are too long");
        }
    }
}
