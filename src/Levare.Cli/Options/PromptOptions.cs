using System.CommandLine;
using Levare.Conditioning.Prompts;
using Levare.Pipelines;

namespace Levare.Cli.Options;

/// <summary>The options of words.</summary>
internal static class PromptOptions
{
    private static readonly (string Word, PromptSyntax Value)[] Syntaxes = [("plain", PromptSyntax.Plain), ("a1111", PromptSyntax.Weighted), ("compel", PromptSyntax.Compel)];

    private static readonly Option<string?> Negative = new("--negative") { Description = "What the picture should not show.", HelpName = "text" };
    private static readonly Option<string?> Second = new("--prompt-2") { Description = "Other words for the second text encoder (SDXL).", HelpName = "text" };
    private static readonly Option<string?> SecondNegative = new("--negative-2") { Description = "Other negative words for the second text encoder (SDXL).", HelpName = "text" };

    private static readonly Option<PromptSyntax> Syntax = Choice<PromptSyntax>.Option(
        "--syntax", "How prompts are read: as they are (plain, unless told otherwise), or with weights: (word:1.3) and BREAK (a1111), word++ and .and() (compel).", Syntaxes);

    private static readonly Option<int?> ClipSkip = new("--clip-skip") { Description = "How many of the text encoder's last layers are left out; 1 is what A1111 calls 2.", HelpName = "number" };

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Words", Negative, Second, SecondNegative, Syntax, ClipSkip);

    /// <summary>The word that a syntax is chosen by.</summary>
    public static string NameOf(PromptSyntax syntax) => Syntaxes.First(known => known.Value == syntax).Word;

    /// <summary>A request with what the options say.</summary>
    public static ImageRequest Apply(ImageRequest request, ParseResult parsed) => request with
    {
        Negative = parsed.GetValue(Negative), SecondPrompt = parsed.GetValue(Second), SecondNegative = parsed.GetValue(SecondNegative),
        Syntax = parsed.GetValue(Syntax), ClipSkip = AtLeastZero(parsed.GetValue(ClipSkip)),
    };

    private static int? AtLeastZero(int? skip) => skip < 0 ? throw new UsageException($"--clip-skip {skip}: 0 or more.") : skip;
}
