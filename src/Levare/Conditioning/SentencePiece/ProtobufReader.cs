using System.Buffers.Binary;

namespace Levare.Conditioning.SentencePiece;

/// <summary>Reads the fields of one protobuf message. Every length is checked before it is used.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;
    private ReadOnlySpan<byte> _rest = message;

    /// <summary>The number of the field that <see cref="Read"/> found.</summary>
    public int Field { get; private set; }

    /// <summary>Its value where it is a number: whole, or the bits of a float.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its value where it is a text, bytes, or a message of its own.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>Its value as a 32-bit float.</summary>
    public readonly float Single => BitConverter.UInt32BitsToSingle((uint)Number);

    /// <summary>Its value as a 32-bit whole number.</summary>
    public readonly int Int32 => unchecked((int)Number);

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The message is broken.</exception>
    public bool Read()
    {
        if (_rest.IsEmpty) return false;
        ulong tag = ReadVarint();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        Number = 0;
        Content = default;
        switch (tag & 7)
        {
            case Varint:
                Number = ReadVarint();
                break;
            case Fixed64:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case Fixed32:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                break;
            case Bytes:
                Content = Take(ReadVarint());
                break;
            default:
                throw new InvalidDataException($"field {Field} is of the unknown kind {tag & 7}");
        }
        return true;
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length) throw new InvalidDataException($"a field claims {length} bytes where {_rest.Length} are left");
        ReadOnlySpan<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
        throw new InvalidDataException("a number is longer than 64 bits");
    }
}
