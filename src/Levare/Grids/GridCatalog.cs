using System.Collections.Frozen;
using System.Collections.Immutable;
using Levare.Paths;
using Levare.Runtime;

namespace Levare.Grids;

/// <summary>A way to place steps on any noise path, under the name that people know it by.</summary>
/// <param name="Name">The name that Levare shows and writes.</param>
/// <param name="Label">How pictures' metadata usually spells it ("Karras").</param>
/// <param name="Summary">What it is, in a line.</param>
/// <param name="Create">The grid of a path and a number of steps.</param>
/// <param name="Aliases">What other tools call it.</param>
public sealed record GridEntry(string Name, string Label, string Summary, Func<INoisePath, int, TimeGrid> Create, params ImmutableArray<string> Aliases);

/// <summary>Every time grid that fits any path, by its usual names. Case, blanks, hyphens and underscores do not matter.</summary>
public static class GridCatalog
{
    // Where a path's end has no finite noise-to-data ratio, grids of ratios start (and end) this share of its times away from it.
    private const double Margin = 1e-3;

    /// <summary>All entries.</summary>
    public static ImmutableArray<GridEntry> All { get; } =
    [
        new("karras", "Karras", "more steps at low noise (Karras et al. 2022)", OfRatios((min, max, n) => Sigmas.Karras(min, max, n))),
        new("exponential", "Exponential", "equal steps in log noise", OfRatios(Sigmas.Exponential), "polyexponential", "lu", "lu-lambdas"),
        new("beta", "Beta", "more steps at both ends (Lee et al. 2024)", OfRatios((min, max, n) => Sigmas.Beta(min, max, n))),
        new("linear", "Linear", "equal steps in time, both ends visited", Linear, "uniform", "normal", "simple", "linspace"),
        new("ays", "Align Your Steps", "found for Stable Diffusion by optimisation (Sabour et al. 2024)", Aligned(AlignedModel.StableDiffusion), "align-your-steps", "ays-sd"),
        new("ays-sdxl", "Align Your Steps SDXL", "the same for Stable Diffusion XL", Aligned(AlignedModel.StableDiffusionXL)),
        new("ays-svd", "Align Your Steps SVD", "the same for Stable Video Diffusion", Aligned(AlignedModel.StableVideoDiffusion)),
        new("trailing", "Trailing", "equal steps in time from the noisiest, the cleanest not visited (Lin et al. 2023)", Trailing, "sgm_uniform"),
    ];

    private static readonly FrozenDictionary<string, GridEntry> ByKey = All
        .SelectMany(entry => entry.Aliases.Append(entry.Name).Select(alias => (Key(alias), entry)))
        .ToFrozenDictionary(pair => pair.Item1, pair => pair.entry, StringComparer.Ordinal);

    /// <summary>The entry of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; the message names the nearest.</exception>
    public static GridEntry Find(string name) => ByKey.TryGetValue(Key(name), out GridEntry? entry) ? entry
        : throw new UnknownNameException("grid", name, [.. All.Select(known => known.Name)]);

    private static string Key(string name) => string.Concat(name.ToLowerInvariant().Where(char.IsAsciiLetterOrDigit));

    private static Func<INoisePath, int, TimeGrid> OfRatios(Func<double, double, int, double[]> place) => (path, steps) =>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        double margin = (path.End - path.Start) * Margin;
        NoiseLevel noisiest = path.At(path.End), cleanest = path.At(path.Start);
        if (!double.IsFinite(noisiest.Ratio)) noisiest = path.At(path.End - margin);
        if (cleanest.Ratio == 0) cleanest = path.At(path.Start + margin);
        return TimeGrid.AtRatios(path, place(cleanest.Ratio, noisiest.Ratio, steps));
    };

    private static TimeGrid Linear(INoisePath path, int steps)
    {
        // A path that starts without noise has its cleanest level as the end that follows the last step.
        bool startsClean = path.At(path.Start).Sigma == 0;
        double[] times = Spacing.Linear(path.End, path.Start, startsClean ? steps + 1 : steps);
        return TimeGrid.AtTimes(path, times.Take(steps));
    }

    private static TimeGrid Trailing(INoisePath path, int steps) =>
        TimeGrid.AtTimes(path, Spacing.Linear(path.End, path.Start, steps + 1).Take(steps));

    private static Func<INoisePath, int, TimeGrid> Aligned(AlignedModel model) =>
        OfRatios((min, max, steps) => Within(AlignYourSteps.Sigmas(model, steps), min, max));

    // A schedule that reaches beyond the path is squeezed in log noise; one that ends where the path does, but for rounding, is left alone.
    private static double[] Within(double[] sigmas, double min, double max)
    {
        const double Rounding = 1.01;
        double first = sigmas[0], last = sigmas[^1];
        if (first <= max * Rounding && last >= min / Rounding) return sigmas;
        double low = Math.Log(Math.Max(min, last)), high = Math.Log(Math.Min(max, first));
        double scale = first == last ? 0 : (high - low) / Math.Log(first / last);
        return [.. sigmas.Select(sigma => Math.Exp(high + scale * Math.Log(sigma / first)))];
    }
}
