using System.Reflection;
using Levare.Runtime;

namespace Levare.Recipes;

/// <summary>The recipes that come with Levare, and those in files.</summary>
public static class RecipeCatalog
{
    private const string Prefix = "Levare.Recipes.BuiltIn.", Suffix = ".json";
    private static readonly Assembly Here = typeof(RecipeCatalog).Assembly;

    /// <summary>The names of the recipes that come with Levare.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Here.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The recipe of a name, or in a file.</summary>
    /// <exception cref="UnknownNameException">There is neither: the message suggests the nearest name.</exception>
    /// <exception cref="InvalidDataException">The file is no sound recipe.</exception>
    public static Recipe Find(string nameOrFile)
    {
        if (Names.Contains(nameOrFile, StringComparer.Ordinal)) return RecipeJson.Parse(Text(nameOrFile), nameOrFile);
        if (File.Exists(nameOrFile)) return RecipeJson.Parse(File.ReadAllText(nameOrFile), nameOrFile);
        throw nameOrFile.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase)
            ? new FileNotFoundException($"there is no recipe file {nameOrFile}")
            : new UnknownNameException("recipe", nameOrFile, [.. Names]);
    }

    /// <summary>The text of a recipe that comes with Levare, to copy and change.</summary>
    public static string Text(string name)
    {
        using Stream stream = Here.GetManifestResourceStream($"{Prefix}{name}{Suffix}")
            ?? throw new UnknownNameException("recipe", name, [.. Names]);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
