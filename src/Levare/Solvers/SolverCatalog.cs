using System.Collections.Frozen;
using System.Collections.Immutable;
using Levare.Paths;
using Levare.Runtime;

namespace Levare.Solvers;

/// <summary>A solver under the name that people know it by.</summary>
/// <param name="Name">The name that Levare shows and writes.</param>
/// <param name="Label">How pictures' metadata usually spells it ("DPM++ 2M").</param>
/// <param name="Summary">What it is, in a line.</param>
/// <param name="Create">The solver in its usual settings, on a path.</param>
/// <param name="Aliases">What other tools call it.</param>
public sealed record SolverEntry(string Name, string Label, string Summary, Func<INoisePath, ISolver> Create, params ImmutableArray<string> Aliases)
{
    /// <summary>Whether the noise of its steps is to be one Brownian motion's (<see cref="Sampling.BrownianTree"/>), because its intervals overlap.</summary>
    public bool DrawsOverlap { get; init; }
}

/// <summary>Every solver by its usual names. Case, blanks, hyphens and underscores do not matter, and "pp" is "++".</summary>
public static class SolverCatalog
{
    /// <summary>All entries, the most used first.</summary>
    public static ImmutableArray<SolverEntry> All { get; } =
    [
        new("dpm++2m", "DPM++ 2M", "second order, multistep", _ => new DpmSolverMultistep(), "dpm++", "dpmsolver++", "k_dpmpp_2m"),
        new("dpm++2m-sde", "DPM++ 2M SDE", "second order, multistep, new noise at each step", _ => new DpmSolverMultistep { Eta = 1 }, "k_dpmpp_2m_sde"),
        new("euler", "Euler", "first order", _ => new Euler(), "k_euler", "flow-euler"),
        new("euler-a", "Euler a", "first order, new noise at each step", _ => new Ddim(1), "euler-ancestral", "k_euler_a", "k_euler_ancestral"),
        new("heun", "Heun", "second order, two evaluations a step", _ => new Heun(), "k_heun", "edm"),
        new("ddim", "DDIM", "first order", _ => new Ddim()),
        new("ddpm", "DDPM", "the ancestral process, for many steps", _ => new Ddpm()),
        new("unipc", "UniPC", "second order with a corrector, multistep", _ => new UniPc(), "uni_pc_bh2"),
        new("deis", "DEIS", "third order in the noise, multistep", _ => new Deis()),
        new("dpm++sde", "DPM++ SDE", "two evaluations a step, new noise in both", path => new DpmPlusPlusSde(path), "k_dpmpp_sde") { DrawsOverlap = true },
        new("dpm++2s", "DPM++ 2S", "second order, singlestep", _ => new DpmSolverSinglestep()),
        new("dpm++3m", "DPM++ 3M", "third order, multistep", _ => new DpmSolverMultistep(3)),
        new("dpm++3m-sde", "DPM++ 3M SDE", "third order, multistep, new noise at each step", _ => new DpmSolverMultistep(3) { Eta = 1 }, "k_dpmpp_3m_sde"),
        new("dpm-solver", "DPM-Solver", "second order in the noise, multistep", _ => new DpmSolverMultistep { Integrand = Integrand.Noise }),
        new("dpm2", "DPM2", "second order, two evaluations a step", path => new Dpm2(path), "k_dpm_2"),
        new("dpm2-a", "DPM2 a", "two evaluations a step, new noise at each", path => new Dpm2(path, 1), "dpm2-ancestral", "k_dpm_2_a", "k_dpm_2_ancestral"),
        new("lms", "LMS", "fourth order, multistep", _ => new LinearMultistep(), "k_lms"),
        new("ipndm", "iPNDM", "pseudo linear multistep, started by lower orders", _ => new PseudoLinearMultistep(new PseudoStart.LowerOrders())),
        new("plms", "PLMS", "pseudo linear multistep, started by a step of two evaluations", _ => new PseudoLinearMultistep(new PseudoStart.TwoStage())),
        new("pndm", "PNDM", "pseudo linear multistep, started by Runge-Kutta", path => new PseudoLinearMultistep(new PseudoStart.RungeKutta(path))),
        new("sa", "SA-Solver", "stochastic Adams with a corrector", _ => new SaSolver(), "sasolver"),
        new("lcm", "LCM", "for consistency models: the estimate, noised anew", _ => new Consistency(), "consistency"),
        new("tcd", "TCD", "for trajectory consistency models", path => new Tcd(0.3, path.At)),
    ];

    private static readonly FrozenDictionary<string, SolverEntry> ByKey = All
        .SelectMany(entry => entry.Aliases.Append(entry.Name).Append(entry.Label).Select(Key).Distinct(StringComparer.Ordinal).Select(key => (key, entry)))
        .ToFrozenDictionary(pair => pair.key, pair => pair.entry, StringComparer.Ordinal);

    /// <summary>The entry of a name.</summary>
    /// <exception cref="UnknownNameException">There is none; the message names the nearest.</exception>
    public static SolverEntry Find(string name) => ByKey.TryGetValue(Key(name), out SolverEntry? entry) ? entry
        : throw new UnknownNameException("sampler", name, [.. All.Select(known => known.Name)]);

    private static string Key(string name) =>
        string.Concat(name.ToLowerInvariant().Replace('+', 'p').Where(char.IsAsciiLetterOrDigit));
}
