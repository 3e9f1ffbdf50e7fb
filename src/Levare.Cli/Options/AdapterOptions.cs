using System.CommandLine;
using System.Globalization;
using Levare.Adapters;
using Levare.Pipelines;
using Levare.Weights;

namespace Levare.Cli.Options;

/// <summary>The options that put adapters on a model.</summary>
internal static class AdapterOptions
{
    private static readonly Option<string[]> Lora = new("--lora")
    {
        Description = "A LoRA or one of its kin (LoCon, LoHa, LoKr, DoRA) on the model, with its weight, 1 where none is told, and another weight for text encoders. Several are given by several options.",
        HelpName = "file[:weight[:text weight]]",
    };

    private static readonly Option<bool> AllowUnmatched = new("--allow-unmatched")
    {
        Description = "Use adapters of which only a part fits the model; what does not is listed.",
    };

    /// <summary>Both.</summary>
    public static Option[] All { get; } = [Lora, AllowUnmatched];

    /// <summary>Opens the adapters that the command line asks for.</summary>
    public static IReadOnlyList<WeightedAdapter> Open(ParseResult parsed, bool silent, CancellationToken cancellation)
    {
        List<WeightedAdapter> adapters = [];
        try
        {
            foreach (string argument in parsed.GetValue(Lora) ?? [])
            {
                (string path, double weight, double? text) = Parse(argument);
                if (!IsWeight(weight) || !IsWeight(text ?? 0)) throw new UsageException($"--lora {argument}: a weight is a finite number, in the range of 32 bits.");
                adapters.Add(new(AdapterFile.Open(ModelSource.Resolve(path, silent, cancellation).Path), weight)
                {
                    TextWeight = text, Strictness = parsed.GetValue(AllowUnmatched) ? Strictness.ReportOnly : Strictness.Strict,
                });
            }
            return adapters;
        }
        catch
        {
            foreach (WeightedAdapter adapter in adapters) adapter.File.Dispose();
            throw;
        }
    }

    /// <summary>The model with adapters; itself where there are none.</summary>
    public static ImageModel Apply(ImageModel model, IReadOnlyList<WeightedAdapter> adapters, bool silent)
    {
        if (adapters.Count == 0) return model;
        ImageModel adapted = model.With(adapters);
        if (!silent) foreach (WeightedAdapter adapter in adapters) Tell(adapter, model);
        return adapted;
    }

    /// <summary>The argument that gives an adapter these weights.</summary>
    public static string Argument(AdapterRecipe adapter) =>
        string.Create(CultureInfo.InvariantCulture, $"{adapter.File}:{adapter.Weight:R}{(adapter.TextWeight is { } text ? string.Create(CultureInfo.InvariantCulture, $":{text:R}") : "")}");

    /// <summary>A file and its weights. Colons within a file's name do no harm unless what follows them is a number.</summary>
    internal static (string Path, double Weight, double? TextWeight) Parse(string argument)
    {
        if (File.Exists(argument) || !TrailingNumber.Cut(argument, out string path, out double last)) return (argument, 1, null);
        if (File.Exists(path) || !TrailingNumber.Cut(path, out string file, out double first)) return (path, last, null);
        return (file, first, last);
    }

    // Merging counts in 32 bits, where larger numbers are infinite.
    private static bool IsWeight(double number) => float.IsFinite((float)number);

    private static void Tell(WeightedAdapter adapter, ImageModel model)
    {
        AdapterMatch match = model.Match(adapter.File, Strictness.ReportOnly);
        foreach (UnmatchedModule module in match.Unmatched) Console.Error.WriteLine($"{adapter.File.Path}: {module}.");
    }
}
