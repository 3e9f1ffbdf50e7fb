using System.Text.Json.Nodes;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Training;

namespace Levare.Recipes;

/// <summary>How data turns into noise and what the network predicts of it. Immutable.</summary>
public abstract record DiffusionRecipe
{
    /// <summary>How often each noise level is trained.</summary>
    public abstract LevelDistribution Levels { get; init; }

    /// <summary>How much the error at each level counts.</summary>
    public abstract LossWeight LossWeight { get; init; }

    /// <summary>The noise path.</summary>
    public abstract INoisePath Path();

    /// <summary>What the network's output means.</summary>
    public abstract Parameterisation Parameterisation();

    /// <summary>The levels that samples go through.</summary>
    public abstract TimeGrid Grid(int steps);

    /// <summary>The scheduler_config.json with which diffusers samples such a network.</summary>
    public abstract JsonObject Scheduler();

    /// <summary>Times from the path's noisy end to its clean one, evenly, then no noise at all.</summary>
    protected static TimeGrid Even(INoisePath path, int steps) =>
        new(Enumerable.Range(0, steps).Select(i => path.At(path.End + (path.Start - path.End) * i / steps)).Append(new NoiseLevel(path.Start, 1, 0)));
}

/// <summary>EDM (Karras et al. 2022): unit-variance input and target at every level.</summary>
/// <param name="SigmaData">The standard deviation of the data, which lies in -1..1.</param>
/// <param name="SigmaMin">The smallest noise of samples.</param>
/// <param name="SigmaMax">The largest noise.</param>
public sealed record EdmDiffusion(double SigmaData = 0.5, double SigmaMin = 0.002, double SigmaMax = 80) : DiffusionRecipe
{
    /// <inheritdoc/>
    public override LevelDistribution Levels { get; init; } = new LogNormalLevels();

    /// <inheritdoc/>
    public override LossWeight LossWeight { get; init; } = new EdmWeight(SigmaData);

    /// <inheritdoc/>
    public override INoisePath Path() => new EdmPath(SigmaMin, SigmaMax);

    /// <inheritdoc/>
    public override Parameterisation Parameterisation() => new EdmPrediction(SigmaData);

    /// <inheritdoc/>
    public override TimeGrid Grid(int steps) => TimeGrid.Karras(steps, SigmaMin, SigmaMax);

    /// <inheritdoc/>
    public override JsonObject Scheduler() => new()
    {
        ["_class_name"] = "EDMDPMSolverMultistepScheduler",
        ["sigma_min"] = SigmaMin,
        ["sigma_max"] = SigmaMax,
        ["sigma_data"] = SigmaData,
        ["sigma_schedule"] = "karras",
        ["rho"] = 7.0,
        ["prediction_type"] = "epsilon",
        ["algorithm_type"] = "dpmsolver++",
        ["solver_order"] = 2,
        ["solver_type"] = "midpoint",
        ["final_sigmas_type"] = "zero",
        ["lower_order_final"] = true,
        ["num_train_timesteps"] = 1000,
    };
}

/// <summary>Flow matching on a straight path (Liu et al. 2022, Lipman et al. 2022); the network is told 1000 t.</summary>
public sealed record FlowDiffusion : DiffusionRecipe
{
    private const int Timesteps = 1000;

    /// <inheritdoc/>
    public override LevelDistribution Levels { get; init; } = new LogitNormalLevels();

    /// <inheritdoc/>
    public override LossWeight LossWeight { get; init; } = new SimpleWeight();

    /// <inheritdoc/>
    public override INoisePath Path() => new RescaledTimePath(new RectifiedFlowPath(), Timesteps);

    /// <inheritdoc/>
    public override Parameterisation Parameterisation() => new FlowPrediction();

    /// <inheritdoc/>
    public override TimeGrid Grid(int steps) => Even(Path(), steps);

    /// <inheritdoc/>
    public override JsonObject Scheduler() =>
        new() { ["_class_name"] = "FlowMatchEulerDiscreteScheduler", ["num_train_timesteps"] = Timesteps, ["shift"] = 1.0 };
}

/// <summary>Variance-preserving diffusion in 1000 discrete steps (Ho et al. 2020).</summary>
/// <param name="Betas">The noise schedule.</param>
/// <param name="Predicts">What the network predicts.</param>
public sealed record VpDiffusion(VpBetas Betas = VpBetas.SquaredCosine, VpPrediction Predicts = VpPrediction.V) : DiffusionRecipe
{
    /// <inheritdoc/>
    public override LevelDistribution Levels { get; init; } = new UniformTimesteps();

    /// <inheritdoc/>
    public override LossWeight LossWeight { get; init; } = new SimpleWeight();

    /// <inheritdoc/>
    public override INoisePath Path() => Betas switch
    {
        VpBetas.Linear => DiscreteVpPath.Linear(),
        VpBetas.ScaledLinear => DiscreteVpPath.ScaledLinear(),
        _ => DiscreteVpPath.SquaredCosine(),
    };

    /// <inheritdoc/>
    public override Parameterisation Parameterisation() => Predicts switch
    {
        VpPrediction.Epsilon => new EpsilonPrediction(),
        VpPrediction.Sample => new SamplePrediction(),
        _ => new VPrediction(),
    };

    /// <inheritdoc/>
    public override TimeGrid Grid(int steps) => Even(Path(), steps);

    /// <inheritdoc/>
    public override JsonObject Scheduler() => new()
    {
        ["_class_name"] = "DPMSolverMultistepScheduler",
        ["num_train_timesteps"] = 1000,
        ["beta_schedule"] = Betas switch { VpBetas.Linear => "linear", VpBetas.ScaledLinear => "scaled_linear", _ => "squaredcos_cap_v2" },
        ["beta_start"] = Betas == VpBetas.ScaledLinear ? 0.00085 : 0.0001,
        ["beta_end"] = Betas == VpBetas.ScaledLinear ? 0.012 : 0.02,
        ["prediction_type"] = Predicts switch { VpPrediction.Epsilon => "epsilon", VpPrediction.Sample => "sample", _ => "v_prediction" },
        ["algorithm_type"] = "dpmsolver++",
        ["solver_order"] = 2,
        ["timestep_spacing"] = "trailing",
        ["final_sigmas_type"] = "zero",
    };
}

/// <summary>The noise schedules of variance-preserving diffusion.</summary>
public enum VpBetas
{
    /// <summary>Nichol and Dhariwal 2021.</summary>
    SquaredCosine,

    /// <summary>Ho et al. 2020.</summary>
    Linear,

    /// <summary>Rombach et al. 2022.</summary>
    ScaledLinear,
}

/// <summary>What a network of variance-preserving diffusion predicts.</summary>
public enum VpPrediction
{
    /// <summary>v = alpha eps - sigma x0.</summary>
    V,

    /// <summary>The noise.</summary>
    Epsilon,

    /// <summary>The clean data.</summary>
    Sample,
}
