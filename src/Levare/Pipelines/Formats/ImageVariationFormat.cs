using System.Collections.Immutable;
using Levare.Conditioning.Clip;
using Levare.Networks.Clip;
using Levare.Pipelines.Prompts;
using Levare.Weights;
using TorchSharp;

namespace Levare.Pipelines.Formats;

/// <summary>Stable Diffusion that is told a picture in the place of words, by CLIP's picture encoder.</summary>
internal sealed class ImageVariationFormat : IImageModelFormat
{
    public ImmutableArray<string> ClassNames { get; } = ["StableDiffusionImageVariationPipeline"];

    public ImageModelParts Open(ModelFiles model, ModelLoading loading)
    {
        ImageDefaults defaults = ImageDefaults.Read(model.Path, new() { Steps = 50, Guidance = 7.5 });
        LatentModel networks = LatentModel.Load(model, loading, defaults);
        ModelComponent component = model.Component("image_encoder");
        ClipVisionModel encoder = LatentModel.Load(networks.Type, loading.Device, () => ClipVisionModel.Load(component, loading.Variant));
        if (!encoder.HasProjection) throw new InvalidDataException($"{component.ConfigPath}: the picture encoder has no projection (visual_projection), which the network is told.");
        PictureConditioner conditioner = new(encoder, ClipImageProcessor.Load(model.Component("feature_extractor")));
        return networks.Parts(ModelScheduler.Read(model), conditioner, defaults, StableDiffusionConventions.Of("StableDiffusionPipeline").LeastSide(model.Component("unet")));
    }
}
