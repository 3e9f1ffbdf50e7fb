using System.Buffers.Binary;
using System.Text;

namespace Levare.Runtime;

/// <summary>Edits the symbol version requirements (section .gnu.version_r) of a 64-bit little-endian ELF image in memory.</summary>
internal static class ElfVersions
{
    private const int SectionTypeVersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 2; // VER_FLG_WEAK

    /// <summary>Marks the requirement for one symbol version as weak: the loader then only warns when it is missing.</summary>
    /// <exception cref="InvalidDataException">The image is no such ELF file.</exception>
    public static void MarkWeak(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image[..4].SequenceEqual("\u007fELF"u8) || image[4] != 2 || image[5] != 1)
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        // ELF64 header: e_shoff at 40, e_shentsize at 58, e_shnum at 60.
        long sections = (long)BinaryPrimitives.ReadUInt64LittleEndian(image[40..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(image[58..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(image[60..]);
        for (int i = 0; i < count; i++)
        {
            Span<byte> section = image.Slice((int)sections + i * size, size);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != SectionTypeVersionNeeds) continue;
            int offset = (int)BinaryPrimitives.ReadUInt64LittleEndian(section[24..]);
            int strings = (int)BinaryPrimitives.ReadUInt32LittleEndian(section[40..]);
            int stringOffset = (int)BinaryPrimitives.ReadUInt64LittleEndian(image[((int)sections + strings * size + 24)..]);
            MarkNeeds(image, offset, stringOffset, Encoding.ASCII.GetBytes(version));
        }
    }

    private static void MarkNeeds(Span<byte> image, int need, int strings, ReadOnlySpan<byte> version)
    {
        while (true)
        {
            // Elf64_Verneed: vn_cnt at 2, vn_aux at 8, vn_next at 12; Elf64_Vernaux: vna_flags at 4, vna_name at 8, vna_next at 12.
            int entries = BinaryPrimitives.ReadUInt16LittleEndian(image[(need + 2)..]);
            int entry = need + (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(need + 8)..]);
            for (int i = 0; i < entries; i++)
            {
                ReadOnlySpan<byte> name = image[(strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(entry + 8)..]))..];
                if (name[..name.IndexOf((byte)0)].SequenceEqual(version))
                {
                    ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(image[(entry + 4)..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(image[(entry + 4)..], (ushort)(flags | Weak));
                }
                entry += (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(entry + 12)..]);
            }
            int next = (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(need + 12)..]);
            if (next == 0) return;
            need += next;
        }
    }
}
