using System.Globalization;
using System.Text.Json.Serialization;
using Levare.Adapters;
using Levare.Weights;

namespace Levare.Pipelines;

/// <summary>An adapter on the model that made a picture.</summary>
/// <param name="File">The adapter's file as it was given.</param>
/// <param name="Hash">The SHA-256 of the file.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="TextWeight">Its weight in text encoders; null for the same.</param>
public sealed record AdapterRecipe(string File, string Hash, double Weight, double? TextWeight = null)
{
    /// <summary>Whether it was used although a part of it found no weight in the model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AllowsUnmatched { get; init; }

    /// <summary>The adapter's name: the file's, without folder and ending.</summary>
    [JsonIgnore]
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>Weights in the way of prompts: that of text encoders first where there are two.</summary>
    [JsonIgnore]
    internal string Weights => string.Create(CultureInfo.InvariantCulture, $"{(TextWeight is { } text ? $"{text}:" : "")}{Weight}");

    /// <summary>What is to be written of an adapter.</summary>
    public static AdapterRecipe Of(WeightedAdapter adapter) => new(adapter.File.Path, adapter.File.Hash, adapter.Weight, adapter.TextWeight)
    {
        AllowsUnmatched = adapter.Strictness == Strictness.ReportOnly,
    };
}
