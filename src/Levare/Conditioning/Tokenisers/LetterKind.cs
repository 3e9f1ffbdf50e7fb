using System.Globalization;
using System.Text;

namespace Levare.Conditioning.Tokenisers;

/// <summary>What words are made of, as byte-pair tokenisers tell letters apart before they encode.</summary>
internal enum LetterKind
{
    /// <summary>White space.</summary>
    Blank,

    /// <summary>A letter of any script.</summary>
    Letter,

    /// <summary>A digit or another sign for a number.</summary>
    Digit,

    /// <summary>Anything else.</summary>
    Sign,
}

/// <summary>Finds the kind of letters.</summary>
internal static class LetterKinds
{
    /// <summary>The kind of the letter that a text begins with, and its length in 16-bit units. Half a letter is a sign.</summary>
    public static LetterKind At(ReadOnlySpan<char> text, out int length)
    {
        Rune.DecodeFromUtf16(text, out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => LetterKind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => LetterKind.Digit,
            _ => Rune.IsWhiteSpace(rune) ? LetterKind.Blank : LetterKind.Sign,
        };
    }

    /// <summary>The length of the run of one kind that a text begins with.</summary>
    public static int RunAt(ReadOnlySpan<char> text, LetterKind kind)
    {
        int run = 0;
        while (run < text.Length && At(text[run..], out int length) == kind) run += length;
        return run;
    }
}
