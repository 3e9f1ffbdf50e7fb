using System.Collections.Immutable;
using System.Diagnostics;
using Levare.Data;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>A plan with a seed and a recipe for each of its pictures. It may be run any number of times.</summary>
internal sealed class ImageRun(ImagePipeline pipeline, ImagePlan plan, ImmutableArray<ImageRecipe> recipes, Device device)
{
    /// <summary>Runs it, step by step, in the caller's thread; each step has one entry for each picture.</summary>
    public IEnumerable<ImmutableArray<ImageStep>> Steps(CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using RunNoise noise = RunNoise.Of([.. recipes.Select(recipe => recipe.Seed)], plan.Slice.Schedule, device);
        long evaluations = 0;
        foreach (PipelineStep step in pipeline.Run(plan, noise, rows => evaluations += rows, cancellation))
        {
            IReadOnlyList<RawImage> noisy = pipeline.Parts.Space.Preview(step.State), previews = pipeline.Parts.Space.Preview(step.Denoised);
            IReadOnlyList<RawImage>? pictures = step.Index == step.Count - 1 ? pipeline.Pictures(step) : null;
            yield return [.. recipes.Select((recipe, row) => new ImageStep(step.Index, step.Count, noisy[row], previews[row], pictures is null ? null
                : new ImageResult(pictures[row], recipe, Row(step.State, row), clock.Elapsed, evaluations / recipes.Length)))];
        }
    }

    private static Latents Row(Tensor state, int row)
    {
        using Tensor single = state.narrow(0, row, 1);
        return new(single);
    }
}
