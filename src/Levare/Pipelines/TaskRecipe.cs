using System.Collections.Immutable;
using Levare.Data;

namespace Levare.Pipelines;

/// <summary>What was made of which pictures, for recipes: they name the pictures by their contents.</summary>
/// <param name="Name">The task's name, that of its type.</param>
public sealed record TaskRecipe(string Name)
{
    /// <summary>The task's numbers by name, nothing left to the model.</summary>
    public ImmutableSortedDictionary<string, double> Settings { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>The SHA-256 of its pictures (their sizes, then their values) or latents, in the task's order.</summary>
    public ImmutableArray<string> Inputs { get; init; } = [];

    /// <summary>The files of its pictures as they were given, in the same order; null where not all were files.</summary>
    public ImmutableArray<string>? Files { get; init; }

    /// <summary>A recipe of a task of pictures.</summary>
    internal static TaskRecipe Of(string name, ImmutableArray<RawImage> pictures, params (string Name, double? Value)[] settings) => new(name)
    {
        Inputs = [.. pictures.Select(picture => picture.Hash)],
        Files = pictures.IsEmpty || pictures.Any(picture => picture.Source is null) ? null : [.. pictures.Select(picture => picture.Source!)],
        Settings = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal,
            settings.Where(setting => setting.Value is not null).Select(setting => KeyValuePair.Create(setting.Name, setting.Value!.Value))),
    };

    /// <inheritdoc/>
    public bool Equals(TaskRecipe? other) => other is not null && Name == other.Name && Settings.SequenceEqual(other.Settings) && Inputs.SequenceEqual(other.Inputs)
        && (Files ?? []).SequenceEqual(other.Files ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Settings.Count, Inputs.Length);
}
