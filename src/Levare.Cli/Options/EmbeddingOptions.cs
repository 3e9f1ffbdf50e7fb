using System.CommandLine;
using Levare.Conditioning.Clip;
using Levare.Pipelines;

namespace Levare.Cli.Options;

/// <summary>The option that teaches a model words.</summary>
internal static class EmbeddingOptions
{
    /// <summary>A word's file.</summary>
    public static readonly Option<string[]> Embedding = new("--embedding")
    {
        Description = "A word that was learned from pictures (textual inversion), and what the prompt calls it by: what the file says, or the file's own name, where none is told. Several are given by several options.",
        HelpName = "file[:word]",
    };

    /// <summary>Reads the words that the command line asks for.</summary>
    public static IReadOnlyList<TextualInversion> Open(ParseResult parsed, bool silent, CancellationToken cancellation)
    {
        List<TextualInversion> words = [];
        try
        {
            foreach (string argument in parsed.GetValue(Embedding) ?? [])
            {
                (string path, string? token) = Parse(argument);
                words.Add(TextualInversion.Load(ModelSource.Resolve(path, silent, cancellation).Path, token));
            }
            return words;
        }
        catch
        {
            foreach (TextualInversion word in words) word.Dispose();
            throw;
        }
    }

    /// <summary>The argument that teaches this word.</summary>
    public static string Argument(WordRecipe word) => $"{word.File}:{word.Token}";

    /// <summary>A file and a word. A colon within a file's name does no harm where there is a file of that name.</summary>
    internal static (string Path, string? Token) Parse(string argument)
    {
        int colon = argument.LastIndexOf(':');
        return File.Exists(argument) || colon < 1 || colon == argument.Length - 1 ? (argument, null) : (argument[..colon], argument[(colon + 1)..]);
    }
}
