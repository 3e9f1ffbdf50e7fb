using Levare.Codecs;
using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Networks.Control;
using Levare.Paths;
using Levare.Pipelines.Tasks;
using static TorchSharp.torch;

namespace Levare.Pipelines.Controls;

/// <summary>What a ControlNet relies on.</summary>
public enum ControlMode
{
    /// <summary>Words and picture alike: it steers what is gone towards and what is gone away from, at all depths.</summary>
    Balanced,

    /// <summary>The picture alone (guess mode): it steers only what is gone towards, and the less the finer the features are. For empty prompts and small guidance.</summary>
    Guess,
}

/// <summary>A picture that a ControlNet makes the result follow: lines, depths, poses, as the network was trained for.</summary>
/// <param name="Model">The network; it stays the caller's.</param>
/// <param name="Picture">The picture; it is resized to the result's size.</param>
public sealed record ControlNetImage(ControlNetModel Model, RawImage Picture) : ImageControl
{
    /// <summary>How much it counts; 1 is what it was trained with, 0 nothing.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The share of the run before which it does not count, 0..1.</summary>
    public double Start { get; init; }

    /// <summary>The share of the run after which it does not count, 0..1.</summary>
    public double End { get; init; } = 1;

    /// <summary>What it relies on.</summary>
    public ControlMode Mode { get; init; }

    internal override ControlRecipe ToRecipe() =>
        Model.ToRecipe(TaskRecipe.Of(nameof(ControlNetImage), [Picture], ("scale", Scale), ("start", Start), ("end", End), ("guess", Mode == ControlMode.Guess ? 1 : null)));

    internal override RunPart Prepare(TaskContext context)
    {
        Check();
        Model.RequireFit(context.Parts);
        ControlNetConfig config = Model.Network.Config;
        bool guesses = Mode == ControlMode.Guess || config.PoolsGlobally;
        int place = context.Steering.Add(new ControlBranch(Model.Network, Mode == ControlMode.Guess ? DepthWeighting.Rising : DepthWeighting.Even));
        ImagePreprocessor preprocessor = ImagePreprocessor.Control with { Multiple = 1, Channels = config.ImageChannels };
        ImageSize size = context.Plan.Size;
        PixelRegion? region = context.Plan.Batch.Task.RegionOf(size);
        Tensor hint = preprocessor.Encode(Picture, size.Width, size.Height, region is null ? ResizeMode.Stretch : ResizeMode.Fill, region);
        Tensor picture = context.Keep(context.Rows(hint.to(context.Device)));
        Condition Told(double scale) => Condition.None.With(ConditionNames.ControlImage(place), picture)
            .With(ConditionNames.ControlScale(place), context.Keep(full([context.Batch], scale, dtype: ScalarType.Float32, device: context.Device)));
        return new()
        {
            Condition = Told(Scale),
            NegativeCondition = Told(guesses ? 0 : Scale),
            Denoiser = inner => Start == 0 && End == 1 ? inner : new InPart(inner, ConditionNames.ControlScale(place), run => Counts(context.Call(run))),
        };
    }

    private bool Counts((int Index, int Count) call) => !((double)call.Index / call.Count < Start || (double)(call.Index + 1) / call.Count > End);

    private void Check()
    {
        if (!double.IsFinite(Scale)) throw new RequestException($"the scale of the control {Model.Source} is {Scale}, where a finite number is needed.");
        if (!(Start >= 0 && Start < End && End <= 1))
            throw new RequestException($"the control {Model.Source} counts from {Start} to {End} of the run: the start must be 0 or more and before the end, and the end 1 or less.");
    }

    /// <summary>Sets a scale to zero in the part of a run where a control does not count.</summary>
    private sealed record InPart(IDenoiser Inner, string ScaleName, Func<DenoisingRun, bool> Counts, DenoisingRun? Run = null) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => Inner.Denoise(
            state, level, Run is null || Counts(Run) ? condition : condition.With(ScaleName, zeros_like(condition[ScaleName])));

        public IDenoiser ForRun(DenoisingRun run) => this with { Inner = Inner.ForRun(run), Run = run };
    }
}
