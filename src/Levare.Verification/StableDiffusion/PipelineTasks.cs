using Levare.Data;
using Levare.Pipelines.Tasks;

namespace Levare.Verification.StableDiffusion;

/// <summary>Which task a pipeline class of diffusers is, with the arguments of the call that are its own.</summary>
internal static class PipelineTasks
{
    private const string TensorPrefix = "tensors:";

    /// <summary>The task of a call.</summary>
    /// <exception cref="NotSupportedException">No task does what the class does.</exception>
    public static ImageTask Of(GoldenCase golden, string pipeline, TakenSettings call) => pipeline switch
    {
        "StableDiffusionPipeline" or "LatentConsistencyModelPipeline" or "StableDiffusionXLPipeline" or "StableDiffusionControlNetPipeline" or "StableDiffusionXLControlNetPipeline"
            or "StableDiffusionAdapterPipeline" or "StableDiffusionXLAdapterPipeline" or "StableDiffusionPAGPipeline" or "StableDiffusionXLPAGPipeline" or "StableDiffusionSAGPipeline" => new TextToImage(),
        "StableDiffusionXLImg2ImgPipeline" when TensorName(call, "image") is { } latents =>
            new ContinueFrom(new(golden.Tensor(latents)), call.Number("denoising_start") ?? throw new NotSupportedException("noise on given latents")),
        "StableDiffusionImg2ImgPipeline" or "LatentConsistencyModelImg2ImgPipeline" or "StableDiffusionXLImg2ImgPipeline" or "StableDiffusionPAGImg2ImgPipeline"
            or "StableDiffusionControlNetImg2ImgPipeline" or "StableDiffusionXLControlNetImg2ImgPipeline" =>
            new ImageToImage(Picture(golden, call, "image")) { Strength = call.Number("strength"), From = call.Number("denoising_start") },
        "StableDiffusionInpaintPipeline" or "StableDiffusionXLInpaintPipeline" or "StableDiffusionControlNetInpaintPipeline" => new Inpaint(Picture(golden, call, "image"), Picture(golden, call, "mask_image"))
        {
            Strength = call.Number("strength"), Padding = call.Whole("padding_mask_crop"),
        },
        "StableDiffusionInstructPix2PixPipeline" or "StableDiffusionXLInstructPix2PixPipeline" => InstructPix2Pix(golden, call),
        "StableDiffusionImageVariationPipeline" => new ImageVariation(Picture(golden, call, "image")),
        "StableDiffusionUpscalePipeline" => Upscale(golden, call),
        _ => throw new NotSupportedException($"the pipeline {pipeline}"),
    };

    private static InstructPix2Pix InstructPix2Pix(GoldenCase golden, TakenSettings call)
    {
        InstructPix2Pix task = new(Picture(golden, call, "image"));
        return call.Number("image_guidance_scale") is { } scale ? task with { ImageGuidance = scale } : task;
    }

    private static Upscale Upscale(GoldenCase golden, TakenSettings call)
    {
        Upscale task = new(Picture(golden, call, "image"));
        return call.Whole("noise_level") is { } level ? task with { NoiseLevel = level } : task;
    }

    // An argument can be one of the case's own tensors.
    private static string? TensorName(TakenSettings call, string argument) =>
        call.Text(argument) is { } text && text.StartsWith(TensorPrefix, StringComparison.Ordinal) ? text[TensorPrefix.Length..] : null;

    /// <summary>The picture that an argument names.</summary>
    public static RawImage Picture(GoldenCase golden, TakenSettings call, string argument) => Picture(golden, call.Text(argument)!);

    /// <summary>A picture of the case.</summary>
    public static RawImage Picture(GoldenCase golden, string name) => ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(golden.Folder, name)));
}
