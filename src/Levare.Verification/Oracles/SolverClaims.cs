using Levare.Paths;
using Levare.Solvers;

namespace Levare.Verification.Oracles;

/// <summary>The one table of solvers and their orders: tests, <c>levare verify</c> and docs/solvers.md all read it.</summary>
public static class SolverClaims
{
    private const string DpmSolver = "Lu et al. 2022a", DpmSolverPlusPlus = "Lu et al. 2022b";

    /// <summary>All solvers.</summary>
    public static IReadOnlyList<SolverClaim> All { get; } = [.. SingleStep(), .. Multistep(), .. Exponential(), .. Ancestral(), .. Stochastic()];

    /// <summary>The claim of a name.</summary>
    public static SolverClaim Of(string name) => All.Single(claim => claim.Name == name);

    private static IEnumerable<SolverClaim> SingleStep() =>
    [
        Ode("Euler", 1, "Song et al. 2021", new Euler()),
        Ode("DDIM, eta 0", 1, "Song et al. 2021", new Ddim()),
        Ode("TCD, eta 0", 1, "Zheng et al. 2024", path => new Tcd(0, path.At)),
        Ode("Heun", 2, "Karras et al. 2022", new Heun()) with { Evaluations = 2 },
        Ode("DPM2", 2, "Karras et al. 2022", path => new Dpm2(path)) with { Evaluations = 2 },
    ];

    private static IEnumerable<SolverClaim> Multistep() =>
    [
        .. Orders(4).Select(order => Ode($"LMS {order}", order, "k-diffusion", new LinearMultistep(order)) with { Steps = [80, 160, 320] }),
        .. Pseudo("iPNDM", "Zhang and Chen 2022", 2, "started by a step of first order", _ => new PseudoStart.LowerOrders()),
        .. Pseudo("PLMS", "Liu et al. 2022", 3, "started by a step of second order", _ => new PseudoStart.TwoStage()),
        .. Pseudo("PNDM", "Liu et al. 2022", 4, "", path => new PseudoStart.RungeKutta(path)),
    ];

    // Adams-Bashforth's coefficients integrate over time, the transfer over sigma / alpha: where the two are not one (alpha = 1) second order remains.
    private static IEnumerable<SolverClaim> Pseudo(string name, string paper, double order, string start, Func<INoisePath, PseudoStart> make) =>
    [
        Ode($"{name}, time = sigma", order, paper, path => new PseudoLinearMultistep(make(path))) with
        {
            Spacing = OracleSpacing.Time, Paths = [OraclePath.VarianceExploding], Remark = start,
        },
        Ode(name, 2, paper, path => new PseudoLinearMultistep(make(path))) with
        {
            Spacing = OracleSpacing.Time, Paths = [OraclePath.VariancePreserving, OraclePath.Straight],
            Remark = "the paper's order; the coefficients are those of equal steps in sigma / alpha",
        },
    ];

    private static IEnumerable<SolverClaim> Exponential() =>
    [
        .. Orders(3).Select(order => Ode($"DPM-Solver multistep {order}", order, DpmSolver,
            new DpmSolverMultistep(order) { Integrand = Integrand.Noise, FinalOrders = FinalOrders.Full })),
        .. Orders(3).Select(order => Ode($"DPM-Solver++ multistep {order}", order, DpmSolverPlusPlus,
            new DpmSolverMultistep(order) { FinalOrders = FinalOrders.Full })),
        Ode("DPM-Solver++ multistep 2, heun", 2, DpmSolverPlusPlus,
            new DpmSolverMultistep(2) { Rule = MomentRule.Exact, FinalOrders = FinalOrders.Full }),
        .. Orders(3).Select(order => Ode($"DPM-Solver singlestep {order}", order, DpmSolver,
            new DpmSolverSinglestep(order) { Integrand = Integrand.Noise, FinalOrders = FinalOrders.Full }) with { Steps = [60, 120, 240] }),
        .. Orders(3).Select(order => Ode($"DPM-Solver++ singlestep {order}", order, DpmSolverPlusPlus,
            new DpmSolverSinglestep(order) { FinalOrders = FinalOrders.Full }) with { Steps = [60, 120, 240] }),
        .. Orders(3).Select(order => Ode($"DEIS {order}", order, "Zhang and Chen 2023", new Deis(order) { FinalOrders = FinalOrders.Full })),
        .. Orders(3).Select(order => Ode($"UniPC {order}, bh2", order + 1, "Zhao et al. 2023", new UniPc(order) { FinalOrders = FinalOrders.Full })),
        .. Orders(3).Select(order => Ode($"UniPC {order}, bh1", order + 1, "Zhao et al. 2023",
            new UniPc(order) { Rule = MomentRule.Plain, FinalOrders = FinalOrders.Full })),
        .. Orders(3).Select(order => Ode($"SA-Solver {order}, corrector {order + 1}, tau 0", order + 1, "Xue et al. 2023",
            new SaSolver(order, order + 1) { Strength = _ => 0, FinalOrders = FinalOrders.Full })),
    ];

    private static IEnumerable<SolverClaim> Ancestral() =>
    [
        Sde("DDIM, eta 0.5", 1, "Song et al. 2021", new Ddim(0.5)),
        Sde("Euler ancestral (DDIM, eta 1)", 1, "Song et al. 2021", Ddim.EulerAncestral),
        Sde("DDPM", 1, "Ho et al. 2020", new Ddpm()),
        Sde("DDPM, forward variance", 1, "Ho et al. 2020", new Ddpm(AncestralVariance.Forward)),
        Sde("DPM2 ancestral", 2, "Karras et al. 2022", path => new Dpm2(path, 1)) with { Evaluations = 2 },
        Sde("Euler, churned", 1, "Karras et al. 2022", path => new Churned(new Euler(), new Churn(10), path)),
        Sde("Heun, churned", 2, "Karras et al. 2022", path => new Churned(new Heun(), new Churn(10), path)) with { Evaluations = 2 },
    ];

    // Of multistep solvers the moments are of second order at most: the draws of the last steps are in the outputs that they extrapolate.
    private static IEnumerable<SolverClaim> Stochastic() =>
    [
        .. Orders(2).Select(order => Sde($"SDE-DPM-Solver multistep {order}", order, DpmSolver,
            new DpmSolverMultistep(order) { Eta = 1, Integrand = Integrand.Noise, FinalOrders = FinalOrders.Full })),
        .. Orders(3).Select(order => Sde($"SDE-DPM-Solver++ multistep {order}", Math.Min(order, 2), DpmSolverPlusPlus,
            new DpmSolverMultistep(order) { Eta = 1, FinalOrders = FinalOrders.Full })),
        Sde("SDE-DPM-Solver++ singlestep 2", 1, DpmSolverPlusPlus, new DpmSolverSinglestep(2) { Eta = 1, FinalOrders = FinalOrders.Full }) with
        {
            Remark = "a block sets out again with other draws than its inner state had",
        },
        Sde("DPM++ SDE", 2, "k-diffusion", path => new DpmPlusPlusSde(path)) with { Evaluations = 2 },
        Sde("SA-Solver 1, corrector 1, tau 1", 1, "Xue et al. 2023", new SaSolver(1, 1) { FinalOrders = FinalOrders.Full }),
        Sde("SA-Solver 1, corrector 2, tau 1", 2, "Xue et al. 2023", new SaSolver(1, 2) { FinalOrders = FinalOrders.Full }),
        Sde("SA-Solver 3, corrector 3, tau 1", 2, "Xue et al. 2023", new SaSolver(3, 3) { FinalOrders = FinalOrders.Full }),
    ];

    private static IEnumerable<int> Orders(int last) => Enumerable.Range(1, last);

    private static SolverClaim Ode(string name, double order, string paper, ISolver solver) => Ode(name, order, paper, _ => solver);

    private static SolverClaim Ode(string name, double order, string paper, Func<INoisePath, ISolver> make) => new(name, make, order, 1, SolverKind.Ode, paper);

    private static SolverClaim Sde(string name, double order, string paper, ISolver solver) => Sde(name, order, paper, _ => solver);

    private static SolverClaim Sde(string name, double order, string paper, Func<INoisePath, ISolver> make) => new(name, make, order, 1, SolverKind.Sde, paper);
}
