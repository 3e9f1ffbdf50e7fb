namespace Levare.Conditioning.Tokenisers;

/// <summary>Korean syllables, which are made up of two or three letters by arithmetic (the Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    private const int Syllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Tails = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28;

    /// <summary>The letters of a syllable; null for anything else.</summary>
    public static int[]? Parts(int letter)
    {
        int syllable = letter - Syllables;
        if (syllable is < 0 or >= LeadCount * VowelCount * TailCount) return null;
        (int pair, int tail) = Math.DivRem(syllable, TailCount);
        (int lead, int vowel) = Math.DivRem(pair, VowelCount);
        return tail == 0 ? [Leads + lead, Vowels + vowel] : [Leads + lead, Vowels + vowel, Tails + tail];
    }

    /// <summary>The syllable that two letters, or a syllable and a last letter, make; null where they make none.</summary>
    public static int? Join(int first, int second)
    {
        (int lead, int vowel, int tail, int open) = (first - Leads, second - Vowels, second - Tails, first - Syllables);
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount) return Syllables + (lead * VowelCount + vowel) * TailCount;
        bool isOpen = open is >= 0 and < LeadCount * VowelCount * TailCount && open % TailCount == 0;
        return isOpen && tail is > 0 and < TailCount ? first + tail : null;
    }
}
