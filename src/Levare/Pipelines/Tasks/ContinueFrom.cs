using Levare.Compatibility;
using Levare.Pipelines.Formats;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>The rest of a way that another run began and left with noise in its state (diffusers' denoising_start): a refiner's part.</summary>
/// <remarks>Draws nothing, and adds no noise. The pictures have the state's size.</remarks>
/// <param name="State">The state, a row for each picture or one for all: <see cref="ImageResult.Latents"/> of a run with <see cref="ImageRequest.Until"/>.</param>
/// <param name="From">How far that run went: its <see cref="ImageRequest.Until"/>.</param>
public sealed record ContinueFrom(Latents State, double From) : ImageTask
{
    internal override ImageSize SizeOf(ImageSize? requested, ImageModelParts parts) => SizeOf(State, requested, parts);

    /// <summary>The size of the pictures of a state.</summary>
    /// <exception cref="RequestException">It is no state of the model, or another size was asked for.</exception>
    internal static ImageSize SizeOf(Latents state, ImageSize? requested, ImageModelParts parts)
    {
        if (state.Shape is not [_, var channels, var height, var width] || channels != parts.Space.Channels)
            throw new RequestException($"the state to go on from is [{string.Join(", ", state.Shape)}], where [pictures, {parts.Space.Channels}, height, width] is needed.");
        ImageSize own = new((int)width * parts.Space.Factor, (int)height * parts.Space.Factor);
        return requested is null || requested == own ? own : throw new RequestException($"the state to go on from is of a picture of {own}, not {requested}.");
    }

    internal override ScheduleSlice Slice(DiffusersSchedule schedule, ImageModelParts parts) => schedule.After(From, parts.Scheduler.NumTrainTimesteps);

    internal override TaskRecipe? ToRecipe(ImageModelParts parts) => TaskRecipe.Of(nameof(ContinueFrom), [], ("from", From)) with { Inputs = [State.Hash] };

    internal override TaskStart Start(TaskContext context)
    {
        context.RequireStateInput("a state alone");
        context.RequireNoInitialLatents("a state on its way");
        return new(context.Rows(State.ToTensor(context.Device)));
    }
}
