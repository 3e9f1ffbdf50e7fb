using System.Globalization;
using Levare.Pipelines;

namespace Levare.Cli;

/// <summary>The command that makes a picture again.</summary>
internal static class RecipeCommand
{
    private const string SafeCharacters = "-_./:=+,@%";

    /// <summary>A command line for a POSIX shell.</summary>
    public static string Of(ImageRecipe recipe) => string.Join(' ', Arguments(recipe).Prepend("generate").Prepend("levare").Select(Quote));

    private static IEnumerable<string> Arguments(ImageRecipe recipe)
    {
        List<string> arguments = [recipe.Prompt];
        void Add(string option, string? value)
        {
            if (value is not null) arguments.AddRange([option, value]);
        }

        Add("--model", recipe.Model);
        foreach (AdapterRecipe adapter in recipe.Adapters ?? []) Add("--lora", AdapterOptions.Argument(adapter));
        if (recipe.Adapters?.Any(adapter => adapter.AllowsUnmatched) == true) arguments.Add("--allow-unmatched");
        foreach (WordRecipe word in recipe.Words ?? []) Add("--embedding", EmbeddingOptions.Argument(word));
        Add("--negative", recipe.Negative);
        Add("--seed", recipe.Seed.ToString(CultureInfo.InvariantCulture));
        Add("--steps", recipe.Steps.ToString(CultureInfo.InvariantCulture));
        Add("--guidance", recipe.Guidance.ToString("R", CultureInfo.InvariantCulture));
        Add("--size", $"{recipe.Width}x{recipe.Height}");
        Add("--sampler", recipe.Sampler);
        Add("--grid", recipe.Grid);
        Add("--device", recipe.Device == "cpu" ? null : recipe.Device);
        Add("--dtype", recipe.Dtype);
        Add("--init-latents", recipe.InitialLatents is null ? null : "FILE");
        return arguments;
    }

    private static string Quote(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || SafeCharacters.Contains(c))
        ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
