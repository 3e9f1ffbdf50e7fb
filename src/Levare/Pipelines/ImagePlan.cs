using Levare.Compatibility;
using Levare.Pipelines.Budgets;
using Levare.Pipelines.Formats;

namespace Levare.Pipelines;

/// <summary>A batch with everything decided that needs no noise.</summary>
/// <param name="Batch">What is wanted.</param>
/// <param name="Size">The pictures' size.</param>
/// <param name="Slice">The steps to take.</param>
internal sealed record ImagePlan(ImageBatch Batch, ImageSize Size, ScheduleSlice Slice)
{
    /// <summary>How it keeps within the model's budget; null where there is none.</summary>
    public MemoryPlan? Memory { get; init; }

    /// <summary>[batch, channels, height, width] of the state.</summary>
    public long[] StateShape(ImageModelParts parts) =>
        [Batch.Count, parts.Space.Channels, Size.Height / parts.Space.Factor, Size.Width / parts.Space.Factor];
}
