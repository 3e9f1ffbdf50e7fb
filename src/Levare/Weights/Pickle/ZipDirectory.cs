using System.Buffers.Binary;
using System.Text;

namespace Levare.Weights;

/// <summary>Where a stored entry of a zip archive lies in its file.</summary>
internal readonly record struct ZipEntry(string Name, long Offset, long Length);

/// <summary>Finds the entries of a zip archive whose entries are stored as they are, which is how torch writes them (APPNOTE 6.3, zip64 included).</summary>
/// <remarks>Compressed and encrypted entries are refused, so that no entry is larger than the file: there are no bombs.</remarks>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndSize = 22, LocatorSize = 20, End64Size = 56, CentralSize = 46, LocalSize = 30;
    private const int LongestComment = 0xFFFF;
    private const uint In64 = uint.MaxValue;
    private const ushort Zip64Field = 1;

    /// <summary>The entries by name.</summary>
    /// <exception cref="InvalidDataException">The archive is broken, or an entry is compressed; the message says which.</exception>
    public static IReadOnlyDictionary<string, ZipEntry> Read(MappedFile file)
    {
        (long offset, long size) = FindCentralDirectory(file);
        if (offset < 0 || size < 0 || offset > file.Length - size || size > Array.MaxLength)
            throw Broken(file, $"its directory claims bytes {offset}..{(decimal)offset + size} of {file.Length}");
        byte[] directory = file.Read(offset, (int)size);
        Dictionary<string, ZipEntry> entries = new(StringComparer.Ordinal);
        for (int at = 0; at < directory.Length;)
        {
            (ZipEntry entry, int length) = ReadEntry(file, directory.AsSpan(at));
            at += length;
            if (!entries.TryAdd(entry.Name, entry)) throw Broken(file, $"it has the entry '{entry.Name}' twice");
        }
        return entries;
    }

    private static (long Offset, long Size) FindCentralDirectory(MappedFile file)
    {
        if (file.Length < EndSize) throw Broken(file, $"it has {file.Length} bytes");
        long start = Math.Max(0, file.Length - EndSize - LongestComment);
        byte[] tail = file.Read(start, (int)(file.Length - start));
        int end = tail.Length - EndSize;
        while (end >= 0 && UInt32(tail, end) != EndSignature) end--;
        if (end < 0) throw Broken(file, "it has no end-of-directory record");
        uint size = UInt32(tail, end + 12), offset = UInt32(tail, end + 16);
        return size == In64 || offset == In64 || UInt16(tail, end + 10) == ushort.MaxValue ? FindDirectory64(file, start + end) : (offset, size);
    }

    private static (long Offset, long Size) FindDirectory64(MappedFile file, long end)
    {
        if (end < LocatorSize) throw Broken(file, "its zip64 locator is missing");
        byte[] locator = file.Read(end - LocatorSize, LocatorSize);
        long record = Int64(locator, 8);
        if (UInt32(locator, 0) != Locator64Signature || record < 0 || record > file.Length - End64Size) throw Broken(file, "its zip64 locator is not sound");
        byte[] end64 = file.Read(record, End64Size);
        if (UInt32(end64, 0) != End64Signature) throw Broken(file, "its zip64 end record is not where the locator says");
        return (Int64(end64, 48), Int64(end64, 40));
    }

    private static (ZipEntry Entry, int Length) ReadEntry(MappedFile file, ReadOnlySpan<byte> header)
    {
        if (header.Length < CentralSize || UInt32(header, 0) != CentralSignature) throw Broken(file, "its directory has a broken entry");
        int nameLength = UInt16(header, 28), extraLength = UInt16(header, 30), commentLength = UInt16(header, 32);
        int length = CentralSize + nameLength + extraLength + commentLength;
        if (length > header.Length) throw Broken(file, "its directory has an entry that is cut off");
        string name = Encoding.UTF8.GetString(header.Slice(CentralSize, nameLength));
        if ((UInt16(header, 8) & 1) != 0) throw Broken(file, $"its entry '{name}' is encrypted");
        if (UInt16(header, 10) != 0) throw Broken(file, $"its entry '{name}' is compressed, which torch never does");
        long stored = UInt32(header, 20), size = UInt32(header, 24), local = UInt32(header, 42);
        ReadZip64(header.Slice(CentralSize + nameLength, extraLength), ref size, ref stored, ref local);
        if (stored != size) throw Broken(file, $"its entry '{name}' claims {size} bytes and stores {stored}");
        return (new(name, DataOffset(file, name, local, size), size), length);
    }

    // Fields of 32 bits that are full are found here instead, in this order.
    private static void ReadZip64(ReadOnlySpan<byte> extra, ref long size, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            int length = Math.Min(UInt16(extra, 2), extra.Length - 4);
            ReadOnlySpan<byte> field = extra.Slice(4, length);
            if (UInt16(extra, 0) == Zip64Field)
            {
                Take(ref field, ref size);
                Take(ref field, ref stored);
                Take(ref field, ref local);
                return;
            }
            extra = extra[(4 + length)..];
        }

        static void Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != In64 || field.Length < 8) return;
            value = Int64(field, 0);
            field = field[8..];
        }
    }

    private static long DataOffset(MappedFile file, string name, long local, long size)
    {
        if (local < 0 || local > file.Length - LocalSize) throw Broken(file, $"its entry '{name}' starts at byte {local} of {file.Length}");
        byte[] header = file.Read(local, LocalSize);
        if (UInt32(header, 0) != LocalSignature) throw Broken(file, $"its entry '{name}' is not at byte {local}");
        long data = local + LocalSize + UInt16(header, 26) + UInt16(header, 28);
        return size >= 0 && data <= file.Length - size ? data : throw Broken(file, $"its entry '{name}' claims {size} bytes from byte {data} of {file.Length}");
    }

    private static InvalidDataException Broken(MappedFile file, string why) => new($"{file.Path} is not a sound torch archive: {why}.");

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
