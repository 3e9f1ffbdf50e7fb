using System.CommandLine;
using System.CommandLine.Parsing;

namespace Levare.Cli.Options;

/// <summary>Options whose value is one of a few words.</summary>
internal static class Choice<T> where T : struct
{
    /// <summary>An option; the type's first value holds where it is left out.</summary>
    public static Option<T> Option(string name, string description, params (string Word, T Value)[] choices) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', choices.Select(choice => choice.Word)),
        CustomParser = result => Parse(result, name, choices),
    };

    private static T Parse(ArgumentResult result, string name, (string Word, T Value)[] choices)
    {
        string word = result.Tokens is [{ } token, ..] ? token.Value : "";
        foreach ((string known, T value) in choices)
            if (known.Equals(word, StringComparison.OrdinalIgnoreCase)) return value;
        result.AddError($"{name} {word}: {string.Join(", ", choices[..^1].Select(choice => choice.Word))} or {choices[^1].Word} is needed.");
        return default;
    }
}
