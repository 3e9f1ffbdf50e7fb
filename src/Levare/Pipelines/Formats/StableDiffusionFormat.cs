using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Networks.UNet;
using Levare.Pipelines.Prompts;
using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>Stable Diffusion 1 and 2 and their kin: a <see cref="UNet2DCondition"/>, an autoencoder and one CLIP text encoder.</summary>
/// <remarks>The class that the folder names does not bound what can be made: any of them makes whatever its network has the channels for.</remarks>
internal sealed class StableDiffusionFormat : IImageModelFormat
{
    public ImmutableArray<string> ClassNames { get; } = [.. StableDiffusionConventions.ClassNames];

    public ImageModelParts Open(ModelFiles model, ModelLoading loading)
    {
        StableDiffusionConventions conventions = StableDiffusionConventions.Of(model.ClassName);
        ImageDefaults defaults = ImageDefaults.Read(model.Path, new() { Steps = conventions.Steps, Guidance = conventions.Guidance });
        SchedulerConfig scheduler = ModelScheduler.Read(model, json => conventions.Rewritten(DiffusersScheduler.ReadConfig(json)));
        LatentModel networks = LatentModel.Load(model, loading, defaults);
        TextConditioner conditioner = new(networks.LoadPromptEncoder(model, loading));
        return networks.Parts(scheduler, conditioner, defaults, conventions.LeastSide(model.Component("unet"))) with { Strength = conventions.Strength };
    }
}
