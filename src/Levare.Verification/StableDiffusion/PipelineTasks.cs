using Levare.Data;
using Levare.Pipelines.Tasks;

namespace Levare.Verification.StableDiffusion;

/// <summary>Which task a pipeline class of diffusers is, with the arguments of the call that are its own.</summary>
internal static class PipelineTasks
{
    private const double SharedStrength = 0.8;

    /// <summary>The task of a call.</summary>
    /// <exception cref="NotSupportedException">No task does what the class does.</exception>
    public static ImageTask Of(GoldenCase golden, string pipeline, TakenSettings call) => pipeline switch
    {
        "StableDiffusionPipeline" or "LatentConsistencyModelPipeline" => new TextToImage(),
        "StableDiffusionImg2ImgPipeline" or "LatentConsistencyModelImg2ImgPipeline" =>
            new ImageToImage(Picture(golden, call, "image")) { Strength = call.Number("strength") ?? SharedStrength },
        "StableDiffusionInpaintPipeline" => new Inpaint(Picture(golden, call, "image"), Picture(golden, call, "mask_image"))
        {
            Strength = call.Number("strength") ?? 1, Padding = call.Whole("padding_mask_crop"),
        },
        _ => throw new NotSupportedException($"the pipeline {pipeline}"),
    };

    /// <summary>The picture that an argument names.</summary>
    public static RawImage Picture(GoldenCase golden, TakenSettings call, string argument) =>
        ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(golden.Folder, call.Text(argument)!)));
}
