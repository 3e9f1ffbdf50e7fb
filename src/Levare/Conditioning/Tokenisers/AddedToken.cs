namespace Levare.Conditioning.Tokenisers;

/// <summary>A text that stands for a number, or for several in a row, wherever it occurs, ahead of the encoding of the rest.</summary>
/// <param name="Content">The text.</param>
/// <param name="Number">Its number, or the first of them.</param>
/// <param name="IsNormalised">Whether it is looked for in the normalised text (lower case, say) rather than in the text as written.</param>
/// <param name="TakesBlanksBefore">Whether the white space before it belongs to it.</param>
/// <param name="TakesBlanksAfter">Whether the white space behind it belongs to it.</param>
/// <param name="IsWholeWord">Whether it counts only where no letter, digit or underscore adjoins it.</param>
/// <param name="Count">How many numbers it stands for.</param>
internal sealed record AddedToken(
    string Content, int Number, bool IsNormalised = false, bool TakesBlanksBefore = false, bool TakesBlanksAfter = false, bool IsWholeWord = false, int Count = 1)
{
    /// <summary>The numbers that it stands for.</summary>
    public IEnumerable<int> Numbers => Enumerable.Range(Number, Count);
}

/// <summary>A stretch of a text: one added token, or what lies between two.</summary>
/// <param name="Text">The stretch.</param>
/// <param name="Token">The token; null between tokens.</param>
internal readonly record struct TextSegment(string Text, AddedToken? Token);

/// <summary>Finds added tokens in a text: the leftmost first, of those that begin at one place the longest.</summary>
internal sealed class AddedTokens
{
    private readonly ILookup<char, AddedToken> _byFirstLetter;

    /// <summary>Looks for tokens; those without a text are never found.</summary>
    public AddedTokens(IEnumerable<AddedToken> tokens) =>
        _byFirstLetter = tokens.Where(token => token.Content.Length > 0).OrderByDescending(token => token.Content.Length).ToLookup(token => token.Content[0]);

    /// <summary>The text's stretches in order; those between tokens are never empty.</summary>
    public IEnumerable<TextSegment> Split(string text)
    {
        int from = 0;
        for (int at = 0; at < text.Length;)
        {
            if (Find(text, at) is not { } token)
            {
                at++;
                continue;
            }
            int start = at, end = at + token.Content.Length;
            if (token.TakesBlanksBefore) while (start > from && char.IsWhiteSpace(text[start - 1])) start--;
            if (token.TakesBlanksAfter) while (end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (start > from) yield return new(text[from..start], null);
            yield return new(token.Content, token);
            from = at = end;
        }
        if (from < text.Length) yield return new(text[from..], null);
    }

    private AddedToken? Find(string text, int at)
    {
        foreach (AddedToken token in _byFirstLetter[text[at]])
            if (text.AsSpan(at).StartsWith(token.Content, StringComparison.Ordinal) && (!token.IsWholeWord || StandsAlone(text, at, token.Content.Length)))
                return token;
        return null;
    }

    private static bool StandsAlone(string text, int at, int length) =>
        (at == 0 || !IsWord(text[at - 1])) && (at + length == text.Length || !IsWord(text[at + length]));

    private static bool IsWord(char letter) => char.IsLetterOrDigit(letter) || letter == '_';
}
