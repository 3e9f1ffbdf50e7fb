using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Levare.Conditioning.SentencePiece;

/// <summary>A compiled table of replacements: the longest entry that a text begins with, and what takes its place.</summary>
/// <remarks>
/// The file holds a double-array trie over UTF-8 (Aoe 1989, as Darts-clone packs it) and then the replacements, each ended by a zero byte. A unit of the trie
/// has its label in bits 0-7 and 31, says in bit 8 whether a value follows, and where its children are in bits 9-30.
/// </remarks>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly ReadOnlyMemory<byte> _replacements;

    /// <summary>A table.</summary>
    /// <param name="compiled">As the model holds it; empty for no replacements.</param>
    /// <exception cref="InvalidDataException">Its sizes do not fit.</exception>
    public CharacterMap(ImmutableArray<byte> compiled)
    {
        if (compiled.IsEmpty)
        {
            _units = [];
            return;
        }
        ReadOnlySpan<byte> bytes = compiled.AsSpan();
        if (bytes.Length < sizeof(uint)) throw new InvalidDataException("the table of replacements is cut off");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (size % sizeof(uint) != 0 || size > bytes.Length - sizeof(uint)) throw new InvalidDataException($"the table of replacements claims {size} bytes for its trie, of {bytes.Length}");
        _units = new uint[size / sizeof(uint)];
        for (int i = 0; i < _units.Length; i++) _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[((i + 1) * sizeof(uint))..]);
        _replacements = bytes[((int)size + sizeof(uint))..].ToArray();
    }

    /// <summary>The longest entry at the start of a text: its length, 0 where there is none, and what takes its place.</summary>
    public int Find(ReadOnlySpan<byte> text, out string replacement)
    {
        replacement = "";
        if (_units.Length == 0) return 0;
        int length = 0;
        uint value = 0, at = Offset(_units[0]);
        for (int i = 0; i < text.Length; i++)
        {
            at ^= text[i];
            if (at >= _units.Length || Label(_units[at]) != text[i]) break;
            uint unit = _units[at];
            at ^= Offset(unit);
            if (!HasValue(unit) || at >= _units.Length) continue;
            (length, value) = (i + 1, _units[at] & 0x7FFFFFFF);
        }
        if (length > 0) replacement = ReplacementAt(value);
        return length;
    }

    private string ReplacementAt(uint offset)
    {
        if (offset > _replacements.Length) return "";
        ReadOnlySpan<byte> rest = _replacements.Span[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static bool HasValue(uint unit) => (unit >> 8 & 1) != 0;

    private static uint Label(uint unit) => unit & 0x800000FF;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);
}
