using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Perturbed-attention guidance (Ahn et al. 2024, eq. 15): away from what the model says with its attention disturbed.</summary>
/// <remarks>
/// Adds scale (c - p) to what <paramref name="Guided"/> says, c being the reference and p the perturbed estimate. The disturbance is the
/// perturbed denoiser's own: identity attention in PAG, blurred attention in smoothed energy guidance (Hong 2024).
/// </remarks>
/// <param name="Guided">What is added to: the model itself, or other guidance round it.</param>
/// <param name="Reference">The undisturbed model; where it is <paramref name="Guided"/> it is evaluated once.</param>
/// <param name="Perturbed">The disturbed model.</param>
/// <param name="Scale">0 is no guidance.</param>
public sealed record PerturbedGuidance(IDenoiser Guided, IDenoiser Reference, IDenoiser Perturbed, double Scale) : IDenoiser
{
    /// <summary>Perturbed guidance of a model alone.</summary>
    public PerturbedGuidance(IDenoiser denoiser, IDenoiser perturbed, double scale) : this(denoiser, denoiser, perturbed, scale)
    {
    }

    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        Estimate guided = Guided.Denoise(state, level, condition);
        if (Scale == 0) return guided;
        Estimate reference = ReferenceEquals(Guided, Reference) ? guided : Reference.Denoise(state, level, condition);
        Estimate perturbed = Perturbed.Denoise(state, level, condition);
        return guided with
        {
            Denoised = guided.Denoised + (reference.Denoised - perturbed.Denoised) * Scale,
            Noise = guided.Noise is { } noise ? noise + (reference.Epsilon(state, level) - perturbed.Epsilon(state, level)) * Scale : null,
        };
    }

    /// <inheritdoc/>
    public IDenoiser ForRun(DenoisingRun run)
    {
        IDenoiser guided = Guided.ForRun(run);
        return new PerturbedGuidance(guided, ReferenceEquals(Guided, Reference) ? guided : Reference.ForRun(run), Perturbed.ForRun(run), Scale);
    }
}
