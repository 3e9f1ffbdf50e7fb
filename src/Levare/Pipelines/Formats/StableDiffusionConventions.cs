using System.Collections.Immutable;
using Levare.Compatibility;

namespace Levare.Pipelines.Formats;

/// <summary>What a pipeline class of diffusers takes for granted of a Stable Diffusion model.</summary>
/// <param name="Steps">The steps where a request is silent.</param>
/// <param name="Guidance">The scale of guidance where a request is silent.</param>
internal sealed record StableDiffusionConventions(int Steps, double Guidance)
{
    private static readonly StableDiffusionConventions Usual = new(50, 7.5) { RewritesOldSettings = true };
    private static readonly StableDiffusionConventions Distilled = new(4, 8.5) { Strength = StrengthMeaning.TeacherSteps };

    private static readonly ImmutableSortedDictionary<string, StableDiffusionConventions> Known =
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal,
        [
            KeyValuePair.Create("StableDiffusionPipeline", Usual),
            KeyValuePair.Create("StableDiffusionImg2ImgPipeline", Usual),
            KeyValuePair.Create("StableDiffusionInpaintPipeline", Usual),
            KeyValuePair.Create("StableDiffusionInstructPix2PixPipeline", new StableDiffusionConventions(100, 7.5)),
            KeyValuePair.Create("LatentConsistencyModelPipeline", Distilled),
            KeyValuePair.Create("LatentConsistencyModelImg2ImgPipeline", Distilled),
        ]);

    /// <summary>The pipelines that are known.</summary>
    public static IEnumerable<string> ClassNames => Known.Keys;

    /// <summary>What the strength of image to image is a share of.</summary>
    public StrengthMeaning Strength { get; private init; }

    /// <summary>The side of the pictures of training, in latents, below which a configuration is known to be wrong.</summary>
    public int LeastSide => RewritesOldSettings ? 64 : 1;

    /// <summary>Whether settings that files of the first models had wrong are put right.</summary>
    private bool RewritesOldSettings { get; init; }

    /// <summary>The conventions of a known class.</summary>
    public static StableDiffusionConventions Of(string className) => Known[className];

    /// <summary>The scheduler's settings as the pipeline takes them: steps_offset is 1, and estimates are not clamped, whatever the file says.</summary>
    public SchedulerConfig Rewritten(SchedulerConfig config) => RewritesOldSettings ? config with { StepsOffset = 1, ClipSample = false } : config;
}
