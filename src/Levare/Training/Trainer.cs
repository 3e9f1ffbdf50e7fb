using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;

namespace Levare.Training;

/// <summary>Trains a network of any field to denoise.</summary>
/// <remarks>
/// <para>The loss is <c>w(level) ||F - (x0 - c_skip x) / c_out||^2</c> with the parameterisation's own coefficients, so epsilon, v, flow
/// and EDM training are one formula (Karras et al. 2022, eq. 8).</para>
/// <para>A run writes checkpoints into its folder and goes on from the last sound one it finds there: the losses continue to the same
/// digits as if it had never stopped. One run at a time a network; the trainer itself holds no state of a run.</para>
/// <para>Drop-out inside a network draws from the process's one generator, which every batch seeds anew: a run of such a network goes on exactly
/// only where nothing else in the process draws from it at the same time, a second run say.</para>
/// </remarks>
/// <param name="network">Starts from its present float32 weights (or a checkpoint's) and ends with the trained ones. On any device.</param>
/// <param name="parameterisation">What its output means.</param>
/// <param name="path">How data turns into noise.</param>
/// <param name="settings">All else.</param>
public sealed class Trainer(DenoisingNetwork network, Parameterisation parameterisation, INoisePath path, TrainingSettings settings)
{
    /// <summary>What dropped conditions become; needed where settings drop any.</summary>
    public INullCondition? NullCondition { get; init; }

    /// <summary>Where random numbers come from, when not from the settings' seed.</summary>
    public ITrainingDraws? Draws { get; init; }

    /// <summary>Who follows the run.</summary>
    public IReadOnlyList<ITrainingListener> Listeners { get; init; } = [];

    /// <summary>Trains until all steps are made or the run is cancelled, on this thread.</summary>
    /// <param name="source">The data.</param>
    /// <param name="folder">Where checkpoints go; when there are some, the run goes on from the last sound one.</param>
    /// <param name="cancellation">Ends the run after the present step, with a checkpoint.</param>
    /// <exception cref="TrainingDivergedException">A loss or gradient stopped being a number.</exception>
    /// <exception cref="InvalidDataException">The folder's checkpoints are of another network or seed.</exception>
    public TrainingResult Run(IBatchSource source, string folder, CancellationToken cancellation = default)
    {
        TrainingSettings.Validate(settings);
        if (settings.ConditionDropout > 0 && NullCondition is null)
            throw new InvalidOperationException("Settings drop conditions, and the trainer has no null condition to put in their place.");
        TrainingObjective objective = new(network, parameterisation, path, settings, Draws ?? new SeededDraws(settings.Seed), NullCondition);
        using TrainingRun run = new(objective, settings, Listeners, folder);
        return run.Run(source, cancellation);
    }
}
