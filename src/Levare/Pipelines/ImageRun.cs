using System.Collections.Immutable;
using System.Diagnostics;
using Levare.Data;
using Levare.Safety;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>A plan with a seed and a recipe for each of its pictures. It may be run any number of times.</summary>
/// <param name="pipeline">The model's pipeline.</param>
/// <param name="plan">What is wanted.</param>
/// <param name="recipes">What is written into the pictures, a row for each.</param>
/// <param name="device">Where the network computes.</param>
internal sealed class ImageRun(ImagePipeline pipeline, ImagePlan plan, ImmutableArray<ImageRecipe> recipes, Device device)
{
    /// <summary>What takes the rest of the way, if anything does: it goes on from the last step's latents.</summary>
    public RefinerStage? Then { get; init; }

    /// <summary>Looks for the reason where a result is not finite; throws what it finds.</summary>
    public Action? Diagnose { get; init; }

    /// <summary>Runs it, step by step, in the caller's thread; each step has one entry for each picture.</summary>
    /// <exception cref="InvalidDataException">A weight is not finite; the message names file and key.</exception>
    /// <exception cref="NotFiniteNumberException">The network gave values that are not finite though its weights are.</exception>
    public IEnumerable<ImmutableArray<ImageStep>> Steps(CancellationToken cancellation)
    {
        using IEnumerator<ImmutableArray<ImageStep>> steps = Run(cancellation).GetEnumerator();
        while (Next(steps)) yield return steps.Current;
    }

    private bool Next(IEnumerator<ImmutableArray<ImageStep>> steps)
    {
        try
        {
            return steps.MoveNext();
        }
        catch (NotFiniteNumberException)
        {
            Diagnose?.Invoke();
            throw;
        }
    }

    private IEnumerable<ImmutableArray<ImageStep>> Run(CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        long[] seeds = [.. recipes.Select(recipe => recipe.Seed)];
        using RunNoise noise = RunNoise.Of(seeds, plan.Slice.Schedule, device);
        Progress progress = new(clock, plan.Slice.Count + (Then?.Count ?? 0));
        Latents? left = null;
        foreach (PipelineStep step in pipeline.Run(plan, noise, rows => progress.Evaluations += rows, cancellation))
        {
            if (Then is not null && step.Index == step.Count - 1) left = new(step.State);
            yield return Shown(pipeline, step, progress, 0);
        }
        if (Then is null) yield break;
        foreach (PipelineStep step in Then.Run(left!, noise, seeds, rows => progress.Evaluations += rows, cancellation))
            yield return Shown(Then.Pipeline, step, progress, plan.Slice.Count);
    }

    private ImmutableArray<ImageStep> Shown(ImagePipeline shown, PipelineStep step, Progress progress, int before)
    {
        IReadOnlyList<RawImage> noisy = shown.Parts.Space.Preview(step.State), previews = shown.Parts.Space.Preview(step.Denoised);
        int index = before + step.Index;
        IReadOnlyList<RawImage>? pictures = index < progress.Count - 1 ? null : plan.Batch.Until is null || Then is not null ? shown.Pictures(step) : previews;
        return [.. recipes.Select((recipe, row) => new ImageStep(index, progress.Count, noisy[row], previews[row], pictures is null ? null : Result(pictures[row], recipe, row)))];

        ImageResult Result(RawImage picture, ImageRecipe recipe, int row)
        {
            (RawImage judged, SafetyVerdict? verdict) = pipeline.Parts.Judge?.Judge(picture) ?? (picture, null);
            return new(judged, recipe, Row(step.State, row), progress.Clock.Elapsed, progress.Evaluations / recipes.Length) { Dropped = step.Dropped, Safety = verdict };
        }
    }

    private static Latents Row(Tensor state, int row)
    {
        using Tensor single = state.narrow(0, row, 1);
        return new(single);
    }

    private sealed record Progress(Stopwatch Clock, int Count)
    {
        public long Evaluations { get; set; }
    }
}
