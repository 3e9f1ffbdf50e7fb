using Levare.Denoisers;

namespace Levare.Compatibility;

/// <summary>What classes do to the estimate of the clean data.</summary>
internal static class Corrections
{
    /// <summary>thresholding, else clip_sample, else nothing.</summary>
    public static Func<IDenoiser, IDenoiser> Bounded(SchedulerConfig config, BoundedNoise noise = BoundedNoise.Implied) =>
        config.Thresholding ? Thresholded(config, noise) : Clipped(config, noise);

    /// <summary>clip_sample, or nothing.</summary>
    public static Func<IDenoiser, IDenoiser> Clipped(SchedulerConfig config, BoundedNoise noise = BoundedNoise.Implied) =>
        config.ClipSample ? denoiser => new BoundedDenoiser(denoiser, new ClampBound(config.ClipSampleRange), noise) : denoiser => denoiser;

    /// <summary>thresholding, or nothing.</summary>
    public static Func<IDenoiser, IDenoiser> Thresholded(SchedulerConfig config, BoundedNoise noise = BoundedNoise.Implied) =>
        config.Thresholding
            ? denoiser => new BoundedDenoiser(denoiser, new QuantileBound(config.DynamicThresholdingRatio, config.SampleMaxValue), noise)
            : denoiser => denoiser;
}
