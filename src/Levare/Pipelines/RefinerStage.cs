using System.Collections.Immutable;
using Levare.Pipelines.Spaces;
using Levare.Pipelines.Tasks;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>What a refiner does of a run: the steps behind those of the first model, with the same prompts and the same source of noise.</summary>
internal sealed class RefinerStage
{
    private readonly ImagePipeline _pipeline;
    private readonly ImagePlan _plan;
    private readonly Device _device;

    private RefinerStage(ImagePipeline pipeline, ImagePlan plan, Device device) => (_pipeline, _plan, _device) = (pipeline, plan, device);

    /// <summary>The refiner's pipeline.</summary>
    public ImagePipeline Pipeline => _pipeline;

    /// <summary>How many steps it takes.</summary>
    public int Count => _plan.Slice.Count;

    /// <summary>The stage of some requests.</summary>
    /// <param name="refiner">What was asked for.</param>
    /// <param name="pipeline">The refiner's pipeline.</param>
    /// <param name="device">Where the refiner computes.</param>
    /// <param name="requests">What was asked of the first model.</param>
    /// <param name="first">What the first model does.</param>
    /// <param name="parts">The first model.</param>
    /// <exception cref="ArgumentException">The refiner cannot go on from there.</exception>
    public static RefinerStage Of(Refiner refiner, ImagePipeline pipeline, Device device, ImmutableArray<ImageRequest> requests, ImagePlan first, Formats.ImageModelParts parts)
    {
        if (requests[0].Until is not null) throw new RequestException("with a refiner the whole way is gone: leave out either the refiner or the share of the way.");
        if (first.Batch.Task is not (TextToImage or ImageToImage)) throw new RequestException($"a refiner goes on from pictures of words or of a picture, not from {first.Batch.Task.GetType().Name}.");
        if (parts.Space is not LatentSpace { Codec: { } own } || pipeline.Parts.Space is not LatentSpace { Codec: { } other } || own.Factor != other.Factor || own.Scale != other.Scale)
            throw new RequestException("the refiner cannot read this model's latents: both need the same autoencoder.");
        using Tensor nothing = zeros(first.StateShape(parts));
        ContinueFrom task = new(new(nothing), refiner.SwitchAt);
        ImagePlan plan = pipeline.Plan(ImageBatches.Of([.. requests.Select(Further)], pipeline.Parts));
        return new(pipeline, plan, device);

        ImageRequest Further(ImageRequest request) => request with
        {
            Refiner = null, Task = task, Controls = [], Size = null, InitialLatents = null,
            Steps = first.Batch.Schedule.Steps, Guidance = request.Guidance ?? parts.Defaults.Guidance,
        };
    }

    /// <summary>Runs it from the latents that the first model left.</summary>
    /// <param name="state">[batch, channels, height, width].</param>
    /// <param name="noise">The first model's, which is drawn on from; it stays its owner's.</param>
    /// <param name="seeds">The pictures' seeds, for schedules with noise of their own.</param>
    /// <param name="evaluated">Hears of the rows of each evaluation.</param>
    /// <param name="cancellation">Is seen before each evaluation of the network.</param>
    public IEnumerable<PipelineStep> Run(Latents state, RunNoise noise, IReadOnlyList<long> seeds, Action<long> evaluated, CancellationToken cancellation)
    {
        ContinueFrom task = (ContinueFrom)_plan.Batch.Task with { State = state };
        ImagePlan plan = _plan with { Batch = _plan.Batch with { Task = task } };
        using RunNoise? own = plan.Slice.Schedule.StepNoise is null ? null : RunNoise.Of(seeds, plan.Slice.Schedule, _device);
        foreach (PipelineStep step in _pipeline.Run(plan, own ?? new(noise.Start), evaluated, cancellation)) yield return step;
    }
}
