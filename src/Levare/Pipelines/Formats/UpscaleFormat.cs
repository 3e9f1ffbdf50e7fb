using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Networks.Autoencoders;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Pipelines.Tasks;
using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>Stable Diffusion's upscaler: its network sees the small picture, with noise over it, beside the latents of the large one.</summary>
internal sealed class UpscaleFormat : IImageModelFormat
{
    private const int UsualNoiseLevel = 350;

    // The pipeline of diffusers takes this one whatever the autoencoder's configuration says.
    private static readonly LatentScale Scale = new() { Factor = 0.08333 };

    public ImmutableArray<string> ClassNames { get; } = ["StableDiffusionUpscalePipeline"];

    public ImageModelParts Open(ModelFiles model, ModelLoading loading)
    {
        ImageDefaults defaults = ImageDefaults.Read(model.Path, new() { Steps = 75, Guidance = 9 });
        SchedulerConfig scheduler = ModelScheduler.Read(model), small = ModelScheduler.Read(model, part: "low_res_scheduler");
        LatentModel networks = LatentModel.Load(model, loading, defaults);
        TextConditioner conditioner = new(networks.LoadPromptEncoder(model, loading));
        int largest = new ConfigReader(model.Index, $"{model.Path} ({ModelFolder.IndexName})").Int("max_noise_level", UsualNoiseLevel);
        return networks.Parts(scheduler, conditioner, defaults) with
        {
            Space = new LatentSpace(new ScaledCodec(networks.Codec, Scale)),
            Upscaling = new(small, largest),
        };
    }
}
