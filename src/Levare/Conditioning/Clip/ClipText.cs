using System.Text;
using Levare.Conditioning.Tokenisers;

namespace Levare.Conditioning.Clip;

/// <summary>What CLIP's tokeniser does with a text before its pieces are encoded.</summary>
internal static class ClipText
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    private static readonly string[] Specials = ["<|startoftext|>", "<|endoftext|>"];

    /// <summary>Composed letters, one blank for each run of white space, lower case.</summary>
    public static string Normalise(string text)
    {
        StringBuilder result = new(text.Length);
        bool inBlank = false;
        foreach (Rune rune in CanonicalComposition.Compose(text).EnumerateRunes())
        {
            bool isBlank = Rune.IsWhiteSpace(rune);
            if (!isBlank) Lower(rune, result);
            else if (!inBlank) result.Append(' ');
            inBlank = isBlank;
        }
        return result.ToString();
    }

    /// <summary>The words of a normalised text: contractions, runs of letters, single digits, runs of other signs.</summary>
    public static IEnumerable<Range> Words(string text)
    {
        for (int at = 0; at < text.Length;)
        {
            int length = WordAt(text, at);
            if (length > 0) yield return at..(at + length);
            at += Math.Max(1, length);
        }
    }

    // 0 for a blank.
    private static int WordAt(string text, int at)
    {
        ReadOnlySpan<char> rest = text.AsSpan(at);
        foreach (string fixedWord in rest[0] switch { '<' => Specials, '\'' => Contractions, _ => [] })
            if (rest.StartsWith(fixedWord, StringComparison.Ordinal)) return fixedWord.Length;
        LetterKind kind = LetterKinds.At(rest, out int length);
        return kind switch
        {
            LetterKind.Blank => 0,
            LetterKind.Digit => length,
            _ => LetterKinds.RunAt(rest, kind),
        };
    }

    // Letter by letter, so that no letter depends on its neighbours (a final sigma does not change). U+0130 is the one that becomes two.
    private static void Lower(Rune rune, StringBuilder result)
    {
        if (rune.Value == 0x130) result.Append("i\u0307");
        else result.Append(Rune.ToLowerInvariant(rune).ToString());
    }
}
