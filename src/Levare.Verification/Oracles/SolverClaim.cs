using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Verification.Oracles;

/// <summary>What a solver integrates, and so what its error is measured against.</summary>
public enum SolverKind
{
    /// <summary>The probability-flow ODE: against the exact map of each state.</summary>
    Ode,

    /// <summary>The reverse SDE: against the exact mean and standard deviation.</summary>
    Sde,
}

/// <summary>What a solver claims: its order, and what it costs.</summary>
/// <param name="Name">As in the documentation.</param>
/// <param name="Create">The solver for a path; most do not need to know it.</param>
/// <param name="Order">The global order of convergence that theory gives.</param>
/// <param name="Evaluations">Evaluations of the denoiser a step, once the solver has started.</param>
/// <param name="Kind">Deterministic or stochastic.</param>
/// <param name="Paper">Where it is from.</param>
public sealed record SolverClaim(string Name, Func<INoisePath, ISolver> Create, double Order, int Evaluations, SolverKind Kind, string Paper)
{
    /// <summary>How far a measured slope may be from the order.</summary>
    public const double Band = 0.25;

    /// <summary>The step counts that the slope is measured over.</summary>
    public IReadOnlyList<int> Steps { get; init; } = Kind == SolverKind.Ode ? [40, 80, 160] : [160, 320, 640];

    /// <summary>How the levels are spaced.</summary>
    public OracleSpacing Spacing { get; init; }

    /// <summary>The paths that the solver is for.</summary>
    public IReadOnlyList<OraclePath> Paths { get; init; } = OraclePath.All;

    /// <summary>Why the order or the spacing is what it is, where it is not what the name suggests.</summary>
    public string Remark { get; init; } = "";

    /// <summary>The errors at <see cref="Steps"/> on a path.</summary>
    public IReadOnlyList<double> Errors(OraclePath path) => [.. Steps.Select(count => Error(path.Path, path.Grid(count, Spacing)))];

    /// <summary>The measured order on a path.</summary>
    public double MeasuredOrder(OraclePath path) => OrderMeasurement.Slope(Steps, Errors(path));

    /// <summary>The error after 200 steps down to clean data, where orders no longer show.</summary>
    public double ErrorAtTheEnd() => Error(new EdmPath(), Spacing == OracleSpacing.Time ? TimeGrid.Karras(200, 0.002, 10, rho: 1) : TimeGrid.Karras(200, 0.002, 40));

    /// <summary>The evaluations that each further step costs.</summary>
    public int MeasuredEvaluations()
    {
        ISolver solver = Create(Paths[0].Path);
        return (OrderMeasurement.Evaluations(solver, Paths[0].Grid(40, Spacing)) - OrderMeasurement.Evaluations(solver, Paths[0].Grid(20, Spacing))) / 20;
    }

    /// <summary>What <see cref="ErrorAtTheEnd"/> may be at most, for data of unit size.</summary>
    public double Tolerance => Order < 2 ? 0.05 : 0.003;

    private double Error(INoisePath path, TimeGrid grid) =>
        Kind == SolverKind.Ode ? OrderMeasurement.FlowError(Create(path), grid) : OrderMeasurement.MomentError(Create(path), grid);
}
