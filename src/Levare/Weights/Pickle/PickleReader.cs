using System.Numerics;
using System.Text;

namespace Levare.Weights;

/// <summary>Reads a Python pickle (protocols 0 to 5, without the text opcodes) that holds plain values and tensors. It runs nothing.</summary>
/// <remarks>
/// Values are null, bool, long, <see cref="BigInteger"/>, double, string, byte[], List (lists and sets), object[] (tuples),
/// <see cref="PickleDictionary"/>, <see cref="PickleStorage"/> and <see cref="PickleTensor"/>; every other opcode or name is an error.
/// </remarks>
internal sealed class PickleReader(ByteCursor input)
{
    // A byte can stand for an object of fifty: what no file of weights comes near is refused before it fills the memory.
    private const int MostValues = 1 << 23;
    private static readonly object Mark = new();
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private long _made;

    /// <summary>Reads one pickle, up to its STOP.</summary>
    /// <exception cref="InvalidDataException">It is broken, or holds more than plain values and tensors.</exception>
    public static object? Read(ByteCursor input) => new PickleReader(input).Run();

    private object? Run()
    {
        while (true)
        {
            byte opcode = input.Byte();
            if (opcode == '.') return Pop();
            Execute(opcode);
        }
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: CheckProtocol(input.Byte()); break;
            case 0x95: input.Skip(8); break; // FRAME: a hint for buffered readers.
            case (byte)'(': Push(Mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)input.Int32()); break;
            case (byte)'K': Push((long)input.Byte()); break;
            case (byte)'M': Push((long)input.UInt16()); break;
            case 0x8a: Push(Integer(input.Bytes(input.Byte()))); break;
            case (byte)'G': Push(input.BigEndianDouble()); break;
            case (byte)'X': Push(Text(input.UInt32())); break;
            case 0x8c: Push(Text(input.Byte())); break;
            case (byte)'T': Push(Latin(input.UInt32())); break;
            case (byte)'U': Push(Latin(input.Byte())); break;
            case (byte)'B': Push(input.Bytes(input.UInt32())); break;
            case (byte)'C': Push(input.Bytes(input.Byte())); break;
            default: ExecuteStructure(opcode); break;
        }
    }

    private void ExecuteStructure(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'}': Push(new PickleDictionary()); break;
            case (byte)']' or 0x8f: Push(new List<object?>()); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85: Push(PopMany(1)); break;
            case 0x86: Push(PopMany(2)); break;
            case 0x87: Push(PopMany(3)); break;
            case (byte)'t': Push(PopToMark()); break;
            case (byte)'a': Append(PopMany(1)); break;
            case (byte)'e' or 0x90: Append(PopToMark()); break;
            case (byte)'s': SetItems(PopMany(2)); break;
            case (byte)'u': SetItems(PopToMark()); break;
            case (byte)'q': Remember(input.Byte()); break;
            case (byte)'r': Remember(input.UInt32()); break;
            case 0x94: Remember(_memo.Count); break;
            case (byte)'h': Push(Remembered(input.Byte())); break;
            case (byte)'j': Push(Remembered(input.UInt32())); break;
            case (byte)'c': Push(PickleGlobals.Find(Line(), Line())); break;
            case 0x93: Push(StackGlobal()); break;
            case (byte)'Q': Push(Storage(Pop())); break;
            case (byte)'R': Push(Reduce()); break;
            case (byte)'b': Build(); break;
            default: throw new InvalidDataException($"opcode 0x{opcode:x2} before byte {input.Position} is not one that tensors need");
        }
    }

    private static void CheckProtocol(byte protocol)
    {
        if (protocol > 5) throw new InvalidDataException($"it has pickle protocol {protocol}; up to 5 are known");
    }

    private object Reduce()
    {
        object? arguments = Pop();
        if (Pop() is not PickleGlobal global || arguments is not object?[] tuple) throw new InvalidDataException("it calls something that is not a known name");
        object? made = PickleGlobals.Call(global, tuple);
        // A list that is remembered once can become dictionaries many times over.
        if (made is PickleDictionary dictionary) Count(dictionary.Items.Count);
        return made!;
    }

    // State that Python would set on an object. Ordered dictionaries of weights carry version numbers in it.
    private void Build()
    {
        Pop();
        if (Top() is not PickleDictionary) throw new InvalidDataException("it sets the state of something that is no dictionary");
    }

    private PickleGlobal StackGlobal()
    {
        object?[] names = PopMany(2);
        return names is [string module, string name] ? PickleGlobals.Find(module, name) : throw new InvalidDataException("a name is not a text");
    }

    // torch's persistent ids: ("storage", type, key, device, elements), and a view in files of its first years.
    private static PickleStorage Storage(object? id) => id is object?[] and ["storage", PickleGlobal { Storage: { } type }, string key, string, long elements, .. var rest]
        && elements >= 0 && rest is [] or [null]
            ? new(key, type, elements)
            : throw new InvalidDataException("a reference to stored data has a form that is not known");

    private void Append(object?[] values)
    {
        if (Top() is not List<object?> list) throw new InvalidDataException("it appends to something that is no list");
        list.AddRange(values);
    }

    private void SetItems(object?[] values)
    {
        if (Top() is not PickleDictionary dictionary || values.Length % 2 != 0) throw new InvalidDataException("it sets items of something that is no dictionary");
        for (int i = 0; i < values.Length; i += 2) dictionary.Items.Add(new(values[i], values[i + 1]));
    }

    private void Remember(long index)
    {
        if (_memo.Count >= MostValues) throw new InvalidDataException($"it remembers more than {MostValues} values");
        _memo[index] = Top();
    }

    private object? Remembered(long index) => _memo.TryGetValue(index, out object? value) ? value : throw new InvalidDataException($"it recalls value {index}, which it has not stored");

    private static object Integer(byte[] bytes)
    {
        BigInteger value = new(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private string Text(uint length) => Encoding.UTF8.GetString(input.Bytes(length));

    private string Latin(uint length) => Encoding.Latin1.GetString(input.Bytes(length));

    private string Line()
    {
        const int longest = 512;
        StringBuilder line = new();
        for (byte next = input.Byte(); next != '\n'; next = input.Byte())
        {
            if (line.Length == longest) throw new InvalidDataException("a name is longer than 512 characters");
            line.Append((char)next);
        }
        return line.ToString();
    }

    private void Push(object? value)
    {
        Count(1);
        _stack.Add(value);
    }

    private void Count(int values)
    {
        _made += values;
        if (_made > MostValues) throw new InvalidDataException($"it makes more than {MostValues} values");
    }

    private object? Top() => _stack.Count > 0 && _stack[^1] != Mark ? _stack[^1] : throw new InvalidDataException("its stack is empty where a value is needed");

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        object?[] values = new object?[count];
        for (int i = count - 1; i >= 0; i--) values[i] = Pop();
        return values;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0) throw new InvalidDataException("its stack has no mark where one is needed");
        object?[] values = [.. _stack[(mark + 1)..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }
}
