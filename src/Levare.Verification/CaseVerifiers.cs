using System.Collections.Immutable;
using Levare.Verification.Images;
using Levare.Verification.StableDiffusion;

namespace Levare.Verification;

/// <summary>The one list of the kinds of golden cases that can be run.</summary>
public static class CaseVerifiers
{
    /// <summary>All verifiers; the first that supports a case runs it.</summary>
    public static ImmutableArray<ICaseVerifier> All { get; } =
    [
        new SchedulerVerifier(),
        new AdapterVerifier(),
        new UNet2DVerifier(),
        new UNet2DConditionVerifier(),
        new UncondPipelineVerifier(),
        new TrainingVerifier(),
        new TrainingStepVerifier(),
        new AutoencoderVerifier(),
        new TinyAutoencoderVerifier(),
        new ClipTextVerifier(),
        new ClipVisionVerifier(),
        new TokenizerVerifier(),
        new PromptSyntaxVerifier(),
        new GgufVerifier(),
        new ImageResizeVerifier(),
        new ImageProcessorVerifier(),
        new ImageDecodeVerifier(),
        new ImageMetricsVerifier(),
        new SdPipelineVerifier(),
    ];

    /// <summary>The verifier of a case, or null when none knows its kind.</summary>
    public static ICaseVerifier? Of(GoldenCase golden) => All.FirstOrDefault(verifier => verifier.Supports(golden));
}
