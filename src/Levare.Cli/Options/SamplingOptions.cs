using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Levare.Grids;
using Levare.Pipelines;
using Levare.Solvers;

namespace Levare.Cli.Options;

/// <summary>The options of the way from noise to picture.</summary>
internal static class SamplingOptions
{
    private static readonly Option<int?> Steps = new("--steps") { Description = "Solver steps.", HelpName = "number" };
    private static readonly Option<string?> SamplerName = new("--sampler") { Description = "The solver, dpm++2m say; an unknown name lists them. Without it: the model's.", HelpName = "name" };
    private static readonly Option<string?> GridName = new("--grid") { Description = "Where the steps are placed, karras say; an unknown name lists them.", HelpName = "name" };
    private static readonly Option<string?> Timesteps = new("--timesteps") { Description = "The timesteps themselves, the noisiest first, in place of --steps: 999,850,600.", HelpName = "list" };
    private static readonly Option<string?> Sigmas = new("--sigmas") { Description = "The noise levels themselves, the noisiest first, in place of --steps: 14.6,6.3,2.1.", HelpName = "list" };
    private static readonly Option<double?> Eta = new("--eta") { Description = "How much of a step's noise is new, for models whose scheduler is DDIM or TCD: 0 is none, 1 all.", HelpName = "number" };
    private static readonly Option<double?> Until = new("--until") { Description = "Go only this share of the way, above 0 and below 1, and leave the rest to another model: write the state with --latents-out.", HelpName = "share" };

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Sampling", Steps, SamplerName, GridName, Timesteps, Sigmas, Eta, Until);

    /// <summary>Whether only a part of the way is to be gone.</summary>
    public static bool EndsEarly(ParseResult parsed) => parsed.GetValue(Until) is not null;

    /// <summary>A request with what the options say.</summary>
    public static ImageRequest Apply(ImageRequest request, ParseResult parsed)
    {
        ImmutableArray<double> timesteps = List(parsed, Timesteps), sigmas = List(parsed, Sigmas);
        bool isList = !timesteps.IsEmpty || !sigmas.IsEmpty;
        if (!timesteps.IsEmpty && !sigmas.IsEmpty) throw new UsageException("--timesteps and --sigmas both say where the steps are: leave one out.");
        if (isList && parsed.GetValue(Steps) is not null) throw new UsageException("--timesteps and --sigmas say how many steps there are: leave --steps out.");
        if (isList && parsed.GetValue(GridName) is not null) throw new UsageException("--timesteps and --sigmas say where the steps are: leave --grid out.");
        if (parsed.GetValue(Steps) is < 1 and { } steps) throw new UsageException($"--steps {steps}: 1 or more.");
        if (parsed.GetValue(Eta) is { } eta && !(eta >= 0 && double.IsFinite(eta))) throw new UsageException($"--eta {TrailingNumber.Text(eta)}: 0 or more.");
        if (parsed.GetValue(Eta) is not null && parsed.GetValue(SamplerName) is not null) throw new UsageException("--eta is for the model's own scheduler: leave --sampler out.");
        return request with
        {
            Steps = parsed.GetValue(Steps),
            Sampler = parsed.GetValue(SamplerName) is { } sampler ? SolverCatalog.Find(sampler).Name : null,
            Grid = parsed.GetValue(GridName) is { } grid ? GridCatalog.Find(grid).Name : null,
            Timesteps = timesteps, Sigmas = sigmas, Eta = parsed.GetValue(Eta), Until = Share(parsed, Until),
        };
    }

    /// <summary>A share of the way, above 0 and below 1.</summary>
    public static double? Share(ParseResult parsed, Option<double?> option) => parsed.GetValue(option) switch
    {
        null => null,
        > 0 and < 1 and { } share => share,
        { } other => throw new UsageException($"{option.Name} {TrailingNumber.Text(other)}: a share above 0 and below 1 is needed."),
    };

    private static ImmutableArray<double> List(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? []
        : [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
            : throw new UsageException($"{option.Name} {text}: numbers with commas between them are needed, and '{part}' is none."))];
}
