using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Networks.Autoencoders;
using Levare.Pipelines.Prompts;
using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>SDXL (Podell et al. 2023), its refiner and what was distilled from them: two CLIP text encoders, or the second alone.</summary>
/// <remarks>The class that the folder names does not bound what can be made: any of them makes whatever its network has the channels for.</remarks>
internal sealed class StableDiffusionXLFormat : IImageModelFormat
{
    private const string TextToImage = "StableDiffusionXLPipeline", ImageToImage = "StableDiffusionXLImg2ImgPipeline", Inpaint = "StableDiffusionXLInpaintPipeline",
        InstructPix2Pix = "StableDiffusionXLInstructPix2PixPipeline", ControlledImageToImage = "StableDiffusionXLControlNetImg2ImgPipeline";
    private const int UsualSide = 1024;

    public ImmutableArray<string> ClassNames { get; } = 
    [
        TextToImage, ImageToImage, Inpaint, InstructPix2Pix, ControlledImageToImage,
        "StableDiffusionXLControlNetPipeline", "StableDiffusionXLAdapterPipeline", "StableDiffusionXLPAGPipeline",
    ];

    public ImageModelParts Open(ModelFiles model, ModelLoading loading)
    {
        ImageDefaults defaults = ImageDefaults.Read(model.Path, new() { Steps = model.ClassName == InstructPix2Pix ? 100 : 50, Guidance = model.ClassName == Inpaint ? 7.5 : 5 });
        SchedulerConfig scheduler = ModelScheduler.Read(model);
        LatentModel networks = LatentModel.Load(model, loading, defaults);
        ConfigReader index = new(model.Index, $"{model.Path} ({ModelFolder.IndexName})");
        StableDiffusionXLSettings settings = new(index.Bool("force_zeros_for_empty_prompt", true), index.Bool("requires_aesthetics_score", false));
        ImageModelParts parts = networks.Parts(scheduler, new StableDiffusionXLConditioner(networks.LoadPromptEncoder(model, loading), settings), defaults) with
        {
            ImageStrength = model.ClassName == ControlledImageToImage ? 0.8 : 0.3,
            InpaintStrength = 0.9999,
            ToldPictureScale = index.Bool("is_cosxl_edit", false) ? networks.Autoencoder.Scale : LatentScale.None,
        };
        return networks.UNet.Config.SampleSize is null ? parts with { Size = new(UsualSide, UsualSide) } : parts;
    }
}
