using System.Text.Json.Serialization;
using Levare.Conditioning.Clip;

namespace Levare.Pipelines;

/// <summary>A word that the model that made a picture was told of: textual inversion.</summary>
/// <param name="File">The word's file as it was given.</param>
/// <param name="Hash">The SHA-256 of the file.</param>
/// <param name="Token">What prompts call it by.</param>
public sealed record WordRecipe(string File, string Hash, string Token)
{
    /// <summary>The file's name without folder and ending.</summary>
    [JsonIgnore]
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>What is to be written of a word.</summary>
    public static WordRecipe Of(TextualInversion inversion) => new(inversion.Source, inversion.Hash, inversion.Token);
}
