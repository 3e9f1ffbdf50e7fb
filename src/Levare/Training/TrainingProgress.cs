using Levare.Denoisers;

namespace Levare.Training;

/// <summary>Where a run stands after a step.</summary>
/// <param name="Step">Steps made, from 1 on.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Images">Examples seen, in all sittings.</param>
/// <param name="Loss">The weighted loss of this step.</param>
/// <param name="SmoothedLoss">A running average of it over about 100 steps.</param>
/// <param name="LearningRate">The rate of this step.</param>
/// <param name="GradientNorm">The norm of all gradients, before clipping.</param>
/// <param name="ImagesPerSecond">The speed of late (about the last 20 steps).</param>
/// <param name="Remaining">The time to the end at that speed.</param>
public sealed record TrainingProgress(long Step, long Steps, long Images, double Loss, double SmoothedLoss, double LearningRate,
    double GradientNorm, double ImagesPerSecond, TimeSpan Remaining);

/// <summary>Follows a run. Called on the run's own thread, between steps; what takes long here delays the run.</summary>
public interface ITrainingListener
{
    /// <summary>The run starts, or goes on, after a number of steps: whatever was recorded of later ones is void.</summary>
    void Started(string folder, long step)
    {
    }

    /// <summary>A step was made.</summary>
    void Stepped(TrainingProgress progress);

    /// <summary>Something that the one who runs it should know, but that does not stop the run.</summary>
    void Warned(string message)
    {
    }

    /// <summary>The time for samples: the network holds the first average's weights (its own where none is kept), in evaluation mode, without gradients.</summary>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="network">Only for the time of this call.</param>
    void Previewed(TrainingProgress progress, DenoisingNetwork network)
    {
    }
}

/// <summary>Why a run ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were made.</summary>
    Completed,

    /// <summary>It was cancelled, wrote a checkpoint, and can go on.</summary>
    Cancelled,
}

/// <summary>How a run ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Step">Steps made.</param>
/// <param name="Images">Examples seen.</param>
/// <param name="Checkpoint">The folder of the last checkpoint.</param>
public sealed record TrainingResult(TrainingEnd End, long Step, long Images, string Checkpoint);

/// <summary>A loss or gradient stopped being a number.</summary>
/// <param name="message">The step, the layer and the last good checkpoint, for people.</param>
public sealed class TrainingDivergedException(string message) : Exception(message)
{
    /// <summary>The step, counted from 0.</summary>
    public required long Step { get; init; }

    /// <summary>Where the first value that is not finite was found: a module's output, or a parameter's gradient.</summary>
    public required string Where { get; init; }

    /// <summary>The folder of the last good checkpoint; null when there is none.</summary>
    public required string? Checkpoint { get; init; }
}
