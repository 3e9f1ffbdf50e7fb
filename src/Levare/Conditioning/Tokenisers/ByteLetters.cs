using System.Text;

namespace Levare.Conditioning.Tokenisers;

/// <summary>The letters that GPT-2's and CLIP's vocabularies spell bytes with: printing ones of Latin-1 as themselves, the others as U+0100 and on.</summary>
internal static class ByteLetters
{
    private static readonly char[] Letters = Make();
    private static readonly Dictionary<char, byte> Bytes = Letters.Select((letter, value) => (letter, value)).ToDictionary(pair => pair.letter, pair => (byte)pair.value);

    /// <summary>All letters in the order in which vocabularies begin with them.</summary>
    public static IEnumerable<char> All => Letters.Order();

    /// <summary>The letter of a byte.</summary>
    public static char Of(byte value) => Letters[value];

    /// <summary>The text that spelt bytes stand for; bytes that are no UTF-8 become U+FFFD, letters that spell none stay.</summary>
    public static string Decode(string spelt)
    {
        List<byte> bytes = new(spelt.Length);
        foreach (char letter in spelt)
            if (Bytes.TryGetValue(letter, out byte value)) bytes.Add(value);
            else bytes.AddRange(Encoding.UTF8.GetBytes(letter.ToString()));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static char[] Make()
    {
        char[] letters = new char[256];
        int others = 0;
        for (int value = 0; value < 256; value++)
            letters[value] = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)value : (char)(256 + others++);
        return letters;
    }
}
