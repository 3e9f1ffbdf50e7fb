using System.Buffers.Binary;

namespace Levare.Weights;

/// <summary>Reads forward through a range of a file. Every read past its end is an error that says so.</summary>
internal sealed class ByteCursor(MappedFile file, long start, long end)
{
    private const int BlockSize = 1 << 16;
    private byte[] _block = [];
    private int _next;
    private long _blockEnd = start;

    /// <summary>The offset in the file of the next byte.</summary>
    public long Position => _blockEnd - (_block.Length - _next);

    /// <summary>How many bytes are left.</summary>
    public long Remaining => end - Position;

    public byte Byte()
    {
        if (_next == _block.Length) Fill();
        return _block[_next++];
    }

    public byte[] Bytes(long count)
    {
        if (count < 0 || count > Remaining || count > Array.MaxLength)
            throw new InvalidDataException($"{file.Path} ends inside a value: {count} bytes are claimed at byte {Position}, {Remaining} are left.");
        byte[] bytes = file.Read(Position, (int)count);
        Skip(count);
        return bytes;
    }

    public void Skip(long count)
    {
        if (count < 0 || count > Remaining) throw new InvalidDataException($"{file.Path} ends early: {count} bytes are claimed at byte {Position}, {Remaining} are left.");
        if (count <= _block.Length - _next)
        {
            _next += (int)count;
            return;
        }
        _blockEnd = Position + count;
        _block = [];
        _next = 0;
    }

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Bytes(8));

    public double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8));

    private void Fill()
    {
        long left = end - _blockEnd;
        if (left <= 0) throw new InvalidDataException($"{file.Path} ends early, at byte {end}.");
        _block = file.Read(_blockEnd, (int)Math.Min(BlockSize, left));
        _blockEnd += _block.Length;
        _next = 0;
    }
}
