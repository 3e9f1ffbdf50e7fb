using System.CommandLine;
using System.Globalization;
using Levare.Adapters;
using Levare.Pipelines;
using Levare.Weights;

namespace Levare.Cli;

/// <summary>The options that put adapters on a model.</summary>
internal static class AdapterOptions
{
    /// <summary>An adapter's file with its weights.</summary>
    public static readonly Option<string[]> Lora = new("--lora")
    {
        Description = "A LoRA or one of its kin (LoCon, LoHa, LoKr, DoRA) on the model, with its weight, 1 where none is told, and another weight for text encoders. Several are given by several options.",
        HelpName = "file[:weight[:text weight]]",
    };

    /// <summary>Modules that find no weight are told and passed over.</summary>
    public static readonly Option<bool> AllowUnmatched = new("--allow-unmatched")
    {
        Description = "Use adapters of which only a part fits the model; what does not is listed.",
    };

    /// <summary>The model with the adapters that the command line asks for; itself where it asks for none.</summary>
    public static ImageModel Apply(ImageModel model, ParseResult parsed, bool silent)
    {
        string[] wanted = parsed.GetValue(Lora) ?? [];
        if (wanted.Length == 0) return model;
        List<WeightedAdapter> adapters = [];
        try
        {
            foreach (string argument in wanted)
            {
                (string path, double weight, double? text) = Parse(argument);
                adapters.Add(new(AdapterFile.Open(path), weight) { TextWeight = text, Strictness = parsed.GetValue(AllowUnmatched) ? Strictness.ReportOnly : Strictness.Strict });
            }
            ImageModel adapted = model.With(adapters);
            if (!silent) foreach (WeightedAdapter adapter in adapters) Tell(adapter, model);
            return adapted;
        }
        finally
        {
            foreach (WeightedAdapter adapter in adapters) adapter.File.Dispose();
        }
    }

    /// <summary>The argument that gives an adapter these weights.</summary>
    public static string Argument(AdapterRecipe adapter) =>
        string.Create(CultureInfo.InvariantCulture, $"{adapter.File}:{adapter.Weight:R}{(adapter.TextWeight is { } text ? string.Create(CultureInfo.InvariantCulture, $":{text:R}") : "")}");

    /// <summary>A file and its weights. Colons within a file's name do no harm unless what follows them is a number.</summary>
    internal static (string Path, double Weight, double? TextWeight) Parse(string argument)
    {
        if (File.Exists(argument) || !Cut(argument, out string path, out double last)) return (argument, 1, null);
        if (File.Exists(path) || !Cut(path, out string file, out double first)) return (path, last, null);
        return (file, first, last);
    }

    private static bool Cut(string argument, out string before, out double number)
    {
        int colon = argument.LastIndexOf(':');
        before = colon > 0 ? argument[..colon] : argument;
        number = 1;
        return colon > 0 && double.TryParse(argument.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }

    private static void Tell(WeightedAdapter adapter, ImageModel model)
    {
        AdapterMatch match = model.Match(adapter.File, Strictness.ReportOnly);
        foreach (UnmatchedModule module in match.Unmatched) Console.Error.WriteLine($"{adapter.File.Path}: {module}.");
    }
}
