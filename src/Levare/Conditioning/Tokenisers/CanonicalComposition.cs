using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Levare.Conditioning.Tokenisers;

/// <summary>Unicode's canonical composition (form C): a letter and its marks become one letter where there is one.</summary>
/// <remarks><see cref="string.Normalize(NormalizationForm)"/> does nothing in programs without globalisation data, and what a prompt means must not depend on that.</remarks>
internal static class CanonicalComposition
{
    // Below, no letter has parts that a text of such letters could hold apart, and none is a mark.
    private const char FirstMark = '\u0300';
    private static readonly Lazy<Table> Letters = new(Table.Read);

    /// <summary>The composed text; lone surrogates stay as they are.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstMark - 1))) return text;
        Table table = Letters.Value;
        List<int> letters = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out int length);
            Decompose(status == OperationStatus.Done ? rune.Value : text[at], table, letters);
            at += length;
        }
        Order(letters, table);
        return Spell(Join(letters, table));
    }

    private static void Decompose(int letter, Table table, List<int> parts)
    {
        if (Hangul.Parts(letter) is { } syllable) parts.AddRange(syllable);
        else if (table.Parts.TryGetValue(letter, out int[]? own))
            foreach (int part in own) Decompose(part, table, parts);
        else parts.Add(letter);
    }

    // Marks in a row go by their class; those of one class stay in order.
    private static void Order(List<int> letters, Table table)
    {
        Span<int> all = CollectionsMarshal.AsSpan(letters);
        for (int from = 0; from < all.Length; from++)
        {
            int to = from;
            while (to < all.Length && table.ClassOf(all[to]) != 0) to++;
            if (to - from > 1) all[from..to].ToArray().OrderBy(table.ClassOf).ToArray().CopyTo(all[from..]);
            from = to;
        }
    }

    // Each mark joins the last letter that is none, unless a mark of its class (or higher), or another letter, stands between.
    private static List<int> Join(List<int> letters, Table table)
    {
        List<int> joined = new(letters.Count);
        int starter = -1, lastClass = 0;
        foreach (int letter in letters)
        {
            int letterClass = table.ClassOf(letter);
            bool isBlocked = starter < 0 || (starter < joined.Count - 1 && lastClass >= letterClass);
            if (!isBlocked && table.Join(joined[starter], letter) is { } whole)
            {
                joined[starter] = whole;
                continue;
            }
            if (letterClass == 0) starter = joined.Count;
            lastClass = letterClass;
            joined.Add(letter);
        }
        return joined;
    }

    private static string Spell(List<int> letters)
    {
        StringBuilder text = new(letters.Count);
        foreach (int letter in letters)
            if (letter <= char.MaxValue) text.Append((char)letter);
            else text.Append(char.ConvertFromUtf32(letter));
        return text.ToString();
    }

    private sealed record Table(Dictionary<int, int[]> Parts, Dictionary<(int, int), int> Wholes, Dictionary<int, int> Classes)
    {
        public int ClassOf(int letter) => letter < FirstMark ? 0 : Classes.GetValueOrDefault(letter);

        public int? Join(int first, int second) => Hangul.Join(first, second) ?? (Wholes.TryGetValue((first, second), out int whole) ? whole : null);

        public static Table Read()
        {
            Table table = new([], [], []);
            using Stream stream = typeof(CanonicalComposition).Assembly.GetManifestResourceStream("Levare.Conditioning.CanonicalLetters.txt")!;
            using StreamReader lines = new(stream);
            while (lines.ReadLine() is { } line) table.Add(line.Split(' '));
            return table;
        }

        private void Add(string[] words)
        {
            if (words[0] == "#") return;
            int[] letters = [.. words.Skip(1).Select(word => int.Parse(word, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (words[0] is "=" or ">") Parts.Add(letters[0], letters[1..]);
            if (words[0] == "=") Wholes.Add((letters[1], letters[2]), letters[0]);
            if (words[0] is "=" or ">") return;
            for (int letter = letters[0]; letter <= letters[1]; letter++) Classes.Add(letter, int.Parse(words[0], CultureInfo.InvariantCulture));
        }
    }
}
