using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Dynamic thresholding (Saharia et al. 2022, Imagen, section 2.3): estimates beyond the data's range are squeezed back into it.</summary>
/// <remarks>For data in -1..1 (pixels, not latents), where large guidance scales saturate.</remarks>
/// <param name="Denoiser">Whose estimate is thresholded: usually guidance.</param>
/// <param name="Ratio">The quantile of a row's absolute values that becomes the range, 0..1.</param>
/// <param name="Maximum">The largest range that is used, 1 or more.</param>
public sealed record DynamicThresholding(IDenoiser Denoiser, double Ratio = 0.995, double Maximum = double.PositiveInfinity) : IDenoiser
{
    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        Estimate estimate = Denoiser.Denoise(state, level, condition);
        return estimate with { Denoised = Apply(estimate.Denoised, Ratio, Maximum), Noise = null };
    }

    /// <inheritdoc/>
    public IDenoiser ForRun(DenoisingRun run) => this with { Denoiser = Denoiser.ForRun(run) };

    /// <summary>Clamps each row to -s..s and divides it by s, s being the quantile of its absolute values within 1..maximum.</summary>
    public static Tensor Apply(Tensor x, double ratio, double maximum) => new QuantileBound(ratio, maximum).Apply(x);
}
