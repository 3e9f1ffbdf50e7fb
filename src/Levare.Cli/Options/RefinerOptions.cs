using System.CommandLine;
using Levare.Pipelines;

namespace Levare.Cli.Options;

/// <summary>The option of a second model.</summary>
internal static class RefinerOptions
{
    private const double UsualSwitch = 0.8;

    private static readonly Option<string?> Refiner = new("--refiner")
    {
        Description = "A second model for the last part of the way (SDXL's refiner), and the share of the way that the first one takes, 0.8 where none is told.",
        HelpName = "model[:switch]",
    };

    /// <summary>The option.</summary>
    public static Option Option => Refiner;

    /// <summary>The second model's name and when it takes over; null for none.</summary>
    public static (string Model, double SwitchAt)? Read(ParseResult parsed)
    {
        if (parsed.GetValue(Refiner) is not { } text) return null;
        if (SamplingOptions.EndsEarly(parsed)) throw new UsageException("with --refiner the whole way is gone: leave --until out.");
        if (System.IO.Path.Exists(text) || !TrailingNumber.Cut(text, out string model, out double switchAt)) return (text, UsualSwitch);
        return switchAt is > 0 and < 1 ? (model, switchAt) : throw new UsageException($"--refiner {text}: the switch is a share above 0 and below 1.");
    }

    /// <summary>The argument that asks for it.</summary>
    public static string Argument(string model, double switchAt) => $"{model}:{TrailingNumber.Text(switchAt)}";
}
