using System.Text.Json;
using Levare.Data;
using Levare.Pipelines;
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
            LatentsToImage(new(golden.Tensor(latents)), call),
        "StableDiffusionImg2ImgPipeline" or "LatentConsistencyModelImg2ImgPipeline" or "StableDiffusionPAGImg2ImgPipeline" when TensorName(call, "image") is { } latents =>
            LatentsToImage(new(golden.Tensor(latents)), call),
        "StableDiffusionImg2ImgPipeline" or "LatentConsistencyModelImg2ImgPipeline" or "StableDiffusionXLImg2ImgPipeline" or "StableDiffusionPAGImg2ImgPipeline"
            or "StableDiffusionControlNetImg2ImgPipeline" or "StableDiffusionXLControlNetImg2ImgPipeline" =>
            new ImageToImage(Picture(golden, call, "image")) { Strength = call.Number("strength"), From = Share(call, "denoising_start") },
        "StableDiffusionInpaintPipeline" or "StableDiffusionXLInpaintPipeline" or "StableDiffusionControlNetInpaintPipeline" => new Inpaint(Picture(golden, call, "image"), Picture(golden, call, "mask_image"))
        {
            Strength = call.Number("strength"), Padding = call.Whole("padding_mask_crop"),
        },
        "StableDiffusionInstructPix2PixPipeline" or "StableDiffusionXLInstructPix2PixPipeline" => InstructPix2Pix(golden, call),
        "StableDiffusionImageVariationPipeline" => new ImageVariation(Picture(golden, call, "image")),
        "StableDiffusionUpscalePipeline" => Upscale(golden, call),
        _ => throw new NotSupportedException($"the pipeline {pipeline}"),
    };

    /// <summary>A share of the way; null where there is none, or where it is none or all of it, which the pipelines pass over.</summary>
    public static double? Share(TakenSettings call, string argument) => call.Number(argument) is > 0 and < 1 and var share ? share : null;

    private static ImageTask LatentsToImage(Latents latents, TakenSettings call)
    {
        double? strength = call.Number("strength");
        return Share(call, "denoising_start") is { } share ? new ContinueFrom(latents, share) : new LatentsToImage(latents) { Strength = strength };
    }

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

    /// <summary>The name of the case's own tensor that an argument is; null where it is none.</summary>
    public static string? TensorName(TakenSettings call, string argument) =>
        call.Take(argument) is { ValueKind: JsonValueKind.String } value && value.GetString()! is var text && text.StartsWith(TensorPrefix, StringComparison.Ordinal) ? text[TensorPrefix.Length..] : null;

    /// <summary>The picture that an argument names.</summary>
    public static RawImage Picture(GoldenCase golden, TakenSettings call, string argument) => Picture(golden, call.Text(argument)!);

    /// <summary>A picture of the case.</summary>
    public static RawImage Picture(GoldenCase golden, string name) => ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(golden.Folder, name)));
}
