using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Data;
using Levare.Networks.UNet;
using Levare.Pipelines.Tasks;
using static TorchSharp.torch;

namespace Levare.Pipelines.Controls;

/// <summary>Pictures that an IP-Adapter shows to the model beside the words. Several adapters add up.</summary>
/// <param name="Model">The adapter; it stays the caller's.</param>
/// <param name="Pictures">One or more, of any size.</param>
public sealed record PicturePrompt(PictureAdapterModel Model, ImmutableArray<RawImage> Pictures) : ImageControl
{
    /// <summary>One picture.</summary>
    public PicturePrompt(PictureAdapterModel model, RawImage picture) : this(model, [picture])
    {
    }

    /// <summary>How much they count; 1 is what the adapter was trained with, 0 nothing.</summary>
    public double Scale { get; init; } = 1;

    internal override ControlRecipe ToRecipe() => Model.ToRecipe(TaskRecipe.Of(nameof(PicturePrompt), Pictures, ("scale", Scale)));

    internal override RunPart Prepare(TaskContext context)
    {
        if (Pictures.IsDefaultOrEmpty) throw new RequestException($"the adapter {Model.Source} was given no picture to show.");
        if (!double.IsFinite(Scale)) throw new RequestException($"the scale of the adapter {Model.Source} is {Scale}, where a finite number is needed.");
        UNet2DCondition unet = RunSteering.Require(context.Parts.Network);
        if (!Model.Adapter.Fits(unet)) throw new InvalidDataException($"The IP-Adapter {Model.Source} was made for another base: this model's U-Net has other transformer blocks.");
        int place = context.Steering.Add(Model.Adapter);
        (Tensor shown, Tensor nothing) = Model.Embed(Pictures);
        Tensor scale = context.Keep(full([context.Batch], Scale, dtype: ScalarType.Float32, device: context.Device));
        Condition Told(Tensor embedding) => Condition.None
            .With(ConditionNames.ImagePrompt(place), context.Keep(context.Rows(embedding))).With(ConditionNames.ImagePromptScale(place), scale);
        return new() { Condition = Told(shown), NegativeCondition = Told(nothing) };
    }
}
