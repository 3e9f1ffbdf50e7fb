using Levare.Compatibility;
using Levare.Data;
using Levare.Pipelines.Formats;

namespace Levare.Pipelines.Tasks;

/// <summary>What is to be made beside the words: a picture from words alone, of another picture, within a mask. Immutable.</summary>
/// <remarks>
/// A task decides the pictures' size, which of the schedule's steps are taken, which state they start from and in which order noise is drawn for it, what
/// the network is told beside the words, what is done after each step, and how pictures are finished.
/// </remarks>
public abstract record ImageTask
{
    private protected ImageTask() { }

    /// <summary>The size of the pictures in pixels.</summary>
    /// <param name="requested">What was asked for, if anything.</param>
    /// <param name="parts">The model.</param>
    internal abstract ImageSize SizeOf(ImageSize? requested, ImageModelParts parts);

    /// <summary>What the scheduler is asked for.</summary>
    /// <param name="requested">What was asked for.</param>
    /// <param name="parts">The model.</param>
    internal virtual ScheduleRequest ScheduleOf(ScheduleRequest requested, ImageModelParts parts) => requested;

    /// <summary>The steps to take.</summary>
    internal virtual ScheduleSlice Slice(DiffusersSchedule schedule, ImageModelParts parts) => schedule.Whole;

    /// <summary>The part of its pictures that is worked on, and that pictures which steer the run are cut to, too; null for the whole.</summary>
    /// <param name="size">The size that is worked in.</param>
    internal virtual PixelRegion? RegionOf(ImageSize size) => null;

    /// <summary>How the run is guided.</summary>
    /// <param name="scale">The scale of guidance by words.</param>
    /// <param name="rescale">phi of rescaled guidance; 0 for none.</param>
    /// <param name="parts">The model.</param>
    internal virtual ImageGuidance GuidanceOf(double scale, double rescale, ImageModelParts parts) => parts.GuidanceOf(scale, rescale);

    /// <summary>What a recipe says of the task; null where nothing is to be said.</summary>
    internal abstract TaskRecipe? ToRecipe(ImageModelParts parts);

    /// <summary>Draws, in the task's order, what the run starts from.</summary>
    /// <exception cref="RequestException">The model cannot do this task.</exception>
    internal abstract TaskStart Start(TaskContext context);
}
