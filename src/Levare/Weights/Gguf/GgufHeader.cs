using System.Collections.Immutable;
using System.Text;

namespace Levare.Weights;

/// <summary>A tensor of a GGUF file, not yet read.</summary>
/// <param name="Entry">Its key, shape, place and bytes; the type is that of its values.</param>
/// <param name="Type">How they are stored.</param>
internal sealed record GgufTensor(TensorEntry Entry, GgufType Type);

/// <summary>Reads what a GGUF file (versions 2 and 3, little-endian) says of itself. Every count, length and offset is checked before use.</summary>
internal sealed class GgufHeader
{
    private const uint Magic = 0x46554747;
    private const int LeastValueBytes = 13, LeastTensorBytes = 24, LongestName = 1024, MostSides = 4, DeepestArray = 2;
    private const long LargestAlignment = 1 << 20, KeptText = 1 << 16;
    private const string OriginalShape = "comfy.gguf.orig_shape.";
    private readonly MappedFile _file;
    private readonly ByteCursor _cursor;
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<long>> _numbers = new(StringComparer.Ordinal);

    private GgufHeader(MappedFile file)
    {
        _file = file;
        _cursor = new(file, 0, file.Length);
    }

    /// <summary>The texts among the file's own settings: general.architecture and others.</summary>
    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>The tensors by key.</summary>
    public required IReadOnlyDictionary<string, GgufTensor> Tensors { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no sound GGUF file; the message says where it is broken.</exception>
    /// <exception cref="NotSupportedException">A tensor has an element type that is not known.</exception>
    public static GgufHeader Read(MappedFile file)
    {
        GgufHeader header = new(file) { Tensors = new Dictionary<string, GgufTensor>() };
        try
        {
            return header.Read();
        }
        catch (OverflowException e)
        {
            throw header.Broken(e.Message);
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"{file.Path}: {e.Message}.", e);
        }
    }

    private GgufHeader Read()
    {
        if (_file.Length < 24 || _cursor.UInt32() != Magic) throw Broken("it does not begin with 'GGUF'");
        uint version = _cursor.UInt32();
        if (version is not (2 or 3)) throw Broken($"its version is {version}; 2 and 3 are known");
        long tensors = Count("tensors", LeastTensorBytes), values = Count("settings", LeastValueBytes);
        for (long i = 0; i < values; i++) ReadSetting();
        List<(string Name, ImmutableArray<long> Shape, GgufType Type, long Offset)> found = [];
        for (long i = 0; i < tensors; i++) found.Add(ReadTensor());
        long alignment = _numbers.TryGetValue("general.alignment", out ImmutableArray<long> given) && given.Length == 1 ? given[0] : 32;
        if (alignment is < 1 or > LargestAlignment || (alignment & (alignment - 1)) != 0) throw Broken($"its alignment is {alignment}");
        long data = (_cursor.Position + alignment - 1) / alignment * alignment;
        Dictionary<string, GgufTensor> byName = new(StringComparer.Ordinal);
        foreach ((string name, ImmutableArray<long> shape, GgufType type, long offset) in found)
            if (!byName.TryAdd(name, Place(name, shape, type, offset, data, alignment))) throw Broken($"it has the tensor '{name}' twice");
        GgufHeader read = new(_file) { Tensors = byName };
        foreach ((string key, string text) in _texts) read._texts[key] = text;
        return read;
    }

    private GgufTensor Place(string name, ImmutableArray<long> shape, GgufType type, long offset, long data, long alignment)
    {
        long elements = TensorSizes.Elements(shape);
        if (elements == 0 || shape.Length == 0 || shape[^1] % type.BlockValues != 0)
            throw Broken($"tensor '{name}' has the shape [{string.Join(", ", shape)}], whose rows are no whole blocks of {type.BlockValues} values");
        long bytes = checked(elements / type.BlockValues * type.BlockBytes);
        if (offset < 0 || offset % alignment != 0 || data > _file.Length || offset > _file.Length - data - bytes)
            throw Broken($"tensor '{name}' claims {bytes} bytes from byte {offset} of {Math.Max(_file.Length - data, 0)}");
        if (_numbers.TryGetValue(OriginalShape + name, out ImmutableArray<long> original))
        {
            if (TensorSizes.Elements(original) != elements) throw Broken($"tensor '{name}' of {elements} values is said to have had the shape [{string.Join(", ", original)}]");
            shape = original;
        }
        return new(new(name, type.Result, shape, data + offset, bytes), type);
    }

    private (string, ImmutableArray<long>, GgufType, long) ReadTensor()
    {
        string name = Text(LongestName);
        uint sides = _cursor.UInt32();
        if (sides is 0 or > MostSides) throw Broken($"tensor '{name}' has {sides} sides");
        long[] shape = new long[sides];
        // The side that varies fastest comes first.
        for (int i = shape.Length - 1; i >= 0; i--) shape[i] = _cursor.Int64();
        return (name, [.. shape], GgufType.Find(_cursor.UInt32()), _cursor.Int64());
    }

    private void ReadSetting()
    {
        string key = Text(LongestName);
        uint type = _cursor.UInt32();
        if (type == 8) _texts[key] = Text(KeptText, skipLonger: true);
        else if (type == 9) ReadArray(key, 1);
        else if (Whole(type) is { } number) _numbers[key] = [number];
        else _cursor.Skip(Size(type));
    }

    private void ReadArray(string key, int depth)
    {
        uint type = _cursor.UInt32();
        long length = _cursor.Int64();
        if (depth > DeepestArray) throw Broken($"'{key}' is an array in arrays");
        if (length < 0 || length > _cursor.Remaining) throw Broken($"'{key}' claims {length} items");
        if (key.StartsWith(OriginalShape, StringComparison.Ordinal) && length <= 8)
        {
            _numbers[key] = [.. Enumerable.Range(0, (int)length).Select(_ => Whole(type) ?? throw Broken($"'{key}' is no shape"))];
            return;
        }
        if (type == 9) for (long i = 0; i < length; i++) ReadArray(key, depth + 1);
        else if (type == 8) for (long i = 0; i < length; i++) _cursor.Skip(_cursor.Int64());
        else _cursor.Skip(checked(length * Size(type)));
    }

    private long? Whole(uint type) => type switch
    {
        0 or 7 => _cursor.Byte(),
        1 => (sbyte)_cursor.Byte(),
        2 => _cursor.UInt16(),
        3 => (short)_cursor.UInt16(),
        4 => _cursor.UInt32(),
        5 => _cursor.Int32(),
        10 or 11 => _cursor.Int64(),
        _ => null,
    };

    private int Size(uint type) => type switch
    {
        0 or 1 or 7 => 1,
        2 or 3 => 2,
        4 or 5 or 6 => 4,
        10 or 11 or 12 => 8,
        _ => throw Broken($"a setting has the type {type}"),
    };

    private long Count(string what, int least)
    {
        long count = _cursor.Int64();
        return count >= 0 && count <= _cursor.Remaining / least ? count : throw Broken($"it claims {count} {what} in {_file.Length} bytes");
    }

    private string Text(long longest, bool skipLonger = false)
    {
        long length = _cursor.Int64();
        if (length < 0 || length > _cursor.Remaining || (length > longest && !skipLonger)) throw Broken($"a text claims {length} bytes");
        if (length <= longest) return Encoding.UTF8.GetString(_cursor.Bytes(length));
        _cursor.Skip(length);
        return "";
    }

    private InvalidDataException Broken(string why) => new($"{_file.Path} is not a sound GGUF file: {why}.");
}
