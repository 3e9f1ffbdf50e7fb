using Levare.Codecs;
using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Networks.Control;
using Levare.Paths;
using Levare.Pipelines.Tasks;
using static TorchSharp.torch;

namespace Levare.Pipelines.Controls;

/// <summary>A picture that a T2I-Adapter makes the result follow. Several add up.</summary>
/// <param name="Model">The network; it stays the caller's.</param>
/// <param name="Picture">The picture; it is resized to the result's size.</param>
public sealed record AdapterImage(T2IAdapterModel Model, RawImage Picture) : ImageControl
{
    /// <summary>How much it counts; 1 is what it was trained with, 0 nothing.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The share of the steps, in calls of the network, after which it does not count (diffusers' adapter_conditioning_factor); null for never.</summary>
    public double? Until { get; init; }

    internal override ControlRecipe ToRecipe() => Model.ToRecipe(TaskRecipe.Of(nameof(AdapterImage), [Picture], ("scale", Scale), ("until", Until)));

    internal override RunPart Prepare(TaskContext context)
    {
        if (!double.IsFinite(Scale)) throw new RequestException($"the scale of the adapter {Model.Source} is {Scale}, where a finite number is needed.");
        if (Until is not (null or (>= 0 and <= 1))) throw new RequestException($"the adapter {Model.Source} counts until {Until} of the steps: a share is between 0 and 1.");
        Model.RequireFit(context.Parts);
        T2IAdapterConfig config = Model.Network.Config;
        ImageSize size = context.Plan.Size;
        if (size.Width % config.DownscaleFactor != 0 || size.Height % config.DownscaleFactor != 0)
            throw new RequestException($"{size} does not fit the adapter {Model.Source}: both sides must be multiples of {config.DownscaleFactor}.");
        ImagePreprocessor preprocessor = ImagePreprocessor.Control with { Multiple = 1, Channels = config.InChannels };
        Tensor picture = preprocessor.Encode(Picture, size.Width, size.Height).to(context.Parts.Type, context.Device);
        Tensor[] features = [.. Model.Network.call(picture).Select(feature => context.Keep(feature.to(ScalarType.Float32) * Scale))];
        int steps = context.Plan.Batch.Schedule.Steps;
        return new() { Denoiser = inner => new Added(inner, features, run => Until is not { } share || run.Evaluation < (int)(steps * share)) };
    }

    /// <summary>Adds features to those of the adapters before, in all rows alike.</summary>
    private sealed record Added(IDenoiser Inner, IReadOnlyList<Tensor> Features, Func<DenoisingRun, bool> Counts, DenoisingRun? Run = null) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) =>
            Inner.Denoise(state, level, Run is null || Counts(Run) ? With(condition, state.shape[0]) : condition);

        public IDenoiser ForRun(DenoisingRun run) => this with { Inner = Inner.ForRun(run), Run = run };

        private Condition With(Condition condition, long rows)
        {
            for (int i = 0; i < Features.Count; i++)
            {
                string name = ConditionNames.AdapterFeatures(i);
                Tensor own = Features[i].expand(rows, -1, -1, -1);
                condition = condition.With(name, condition.Find(name) is { } others ? others + own : own);
            }
            return condition;
        }
    }
}
