using System.Collections.Frozen;
using System.Collections.Immutable;
using Levare.Runtime;

namespace Levare.Solvers;

/// <summary>A solver under the name that people know it by.</summary>
/// <param name="Name">The name that Levare shows and writes.</param>
/// <param name="Label">How pictures' metadata usually spells it ("DPM++ 2M").</param>
/// <param name="Summary">What it is, in a line.</param>
/// <param name="Solver">The solver in its usual settings.</param>
/// <param name="Aliases">What other tools call it.</param>
public sealed record SolverEntry(string Name, string Label, string Summary, ISolver Solver, params ImmutableArray<string> Aliases);

/// <summary>Every solver by its usual names. Case, blanks, hyphens and underscores do not matter, and "pp" is "++".</summary>
public static class SolverCatalog
{
    /// <summary>All entries, the most used first.</summary>
    public static ImmutableArray<SolverEntry> All { get; } =
    [
        new("dpm++2m", "DPM++ 2M", "DPM-Solver++ of second order, multistep", new DpmSolverMultistep(), "dpm++", "dpmsolver++", "k_dpmpp_2m"),
        new("euler", "Euler", "first order", new Euler(), "k_euler"),
        new("euler-a", "Euler a", "first order, new noise at each step", Ddim.EulerAncestral, "euler ancestral", "k_euler_a"),
        new("heun", "Heun", "second order, two evaluations a step", new Heun(), "k_heun"),
        new("ddim", "DDIM", "first order, Euler's method on the noise", new Ddim()),
        new("ddpm", "DDPM", "the ancestral process, for many steps", new Ddpm()),
        new("plms", "PLMS", "pseudo linear multistep of fourth order", new PseudoLinearMultistep(new PseudoStart.TwoStage()), "pndm"),
        new("ipndm", "iPNDM", "pseudo linear multistep, lower orders first", new PseudoLinearMultistep(new PseudoStart.LowerOrders())),
        new("lms", "LMS", "linear multistep of fourth order", new LinearMultistep(), "k_lms"),
        new("lcm", "LCM", "consistency sampling, for distilled models", new Consistency(), "consistency"),
        new("unipc", "UniPC", "predictor and corrector of second order, multistep", new UniPc()),
        new("deis", "DEIS", "exponential integrator of the noise, third order, multistep", new Deis()),
        new("dpm++2s", "DPM++ 2S", "DPM-Solver++ of second order, singlestep in blocks of two", new DpmSolverSinglestep()),
        new("dpm++3m", "DPM++ 3M", "DPM-Solver++ of third order, multistep", new DpmSolverMultistep(3)),
        new("sa", "SA-Solver", "stochastic Adams of second order, multistep", new SaSolver(), "sasolver"),
    ];

    private static readonly FrozenDictionary<string, SolverEntry> ByKey = All
        .SelectMany(entry => entry.Aliases.Append(entry.Name).Append(entry.Label).Select(Key).Distinct(StringComparer.Ordinal).Select(key => (key, entry)))
        .ToFrozenDictionary(pair => pair.key, pair => pair.entry, StringComparer.Ordinal);

    /// <summary>The entry of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; the message names the nearest.</exception>
    public static SolverEntry Find(string name) => ByKey.TryGetValue(Key(name), out SolverEntry? entry) ? entry
        : throw new UnknownNameException("sampler", name, [.. All.Select(known => known.Name)]);

    /// <summary>The entry that a solver is, or null when it has settings of its own.</summary>
    public static SolverEntry? Of(ISolver solver) => All.FirstOrDefault(entry => entry.Solver.Equals(solver));

    private static string Key(string name) =>
        string.Concat(name.ToLowerInvariant().Replace('+', 'p').Where(char.IsAsciiLetterOrDigit));
}
