using System.Collections.Immutable;
using System.Text.Json;
using Levare.Compatibility;
using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>What a pipeline class of diffusers takes for granted of a Stable Diffusion model.</summary>
/// <param name="Steps">The steps where a request is silent.</param>
/// <param name="Guidance">The scale of guidance where a request is silent.</param>
internal sealed record StableDiffusionConventions(int Steps, double Guidance)
{
    private static readonly StableDiffusionConventions Usual = new(50, 7.5) { RewritesOldSettings = true };
    private static readonly StableDiffusionConventions Plain = new(50, 7.5);
    private static readonly StableDiffusionConventions Distilled = new(4, 8.5) { Strength = StrengthMeaning.TeacherSteps };

    private static readonly Version FirstSound = new(0, 9, 0);

    private static readonly ImmutableSortedDictionary<string, StableDiffusionConventions> Known =
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal,
        [
            KeyValuePair.Create("StableDiffusionPipeline", Usual),
            KeyValuePair.Create("StableDiffusionImg2ImgPipeline", Usual),
            KeyValuePair.Create("StableDiffusionInpaintPipeline", Usual),
            KeyValuePair.Create("StableDiffusionPAGPipeline", Usual),
            KeyValuePair.Create("StableDiffusionPAGImg2ImgPipeline", Usual),
            KeyValuePair.Create("StableDiffusionSAGPipeline", Plain),
            KeyValuePair.Create("StableDiffusionAdapterPipeline", Plain),
            KeyValuePair.Create("StableDiffusionControlNetPipeline", Plain),
            KeyValuePair.Create("StableDiffusionControlNetImg2ImgPipeline", Plain),
            KeyValuePair.Create("StableDiffusionControlNetInpaintPipeline", Plain),
            KeyValuePair.Create("StableDiffusionControlNetPAGPipeline", Plain),
            KeyValuePair.Create("StableDiffusionInstructPix2PixPipeline", new StableDiffusionConventions(100, 7.5)),
            KeyValuePair.Create("LatentConsistencyModelPipeline", Distilled),
            KeyValuePair.Create("LatentConsistencyModelImg2ImgPipeline", Distilled),
        ]);

    /// <summary>The pipelines that are known.</summary>
    public static IEnumerable<string> ClassNames => Known.Keys;

    /// <summary>What the strength of image to image is a share of.</summary>
    public StrengthMeaning Strength { get; private init; }

    /// <summary>The side of the pictures of training, in latents, below which a U-Net's configuration is known to be wrong: those of old versions say less than it was.</summary>
    public int LeastSide(ModelComponent unet) => RewritesOldSettings && IsOld(unet) ? 64 : 1;

    /// <summary>Whether settings that files of the first models had wrong are put right.</summary>
    private bool RewritesOldSettings { get; init; }

    /// <summary>The conventions of a known class.</summary>
    public static StableDiffusionConventions Of(string className) => Known[className];

    private static bool IsOld(ModelComponent unet) =>
        unet.Config.TryGetProperty("_diffusers_version", out JsonElement version) && version.ValueKind == JsonValueKind.String
        && Version.TryParse(ReleaseOf(version.GetString()!), out Version? number) && number < FirstSound;

    // "0.9.0.dev0" counts as 0.9.0.
    private static string ReleaseOf(string version) => string.Join('.', version.Split('.').TakeWhile(part => part.All(char.IsAsciiDigit)).Take(3));

    /// <summary>The scheduler's settings as the pipeline takes them: steps_offset is 1, and estimates are not clamped, whatever the file says.</summary>
    public SchedulerConfig Rewritten(SchedulerConfig config) => RewritesOldSettings ? config with { StepsOffset = 1, ClipSample = false } : config;
}
