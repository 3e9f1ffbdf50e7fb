using Levare.Conditioning;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>A latent consistency function: at time 0 it gives the state itself, late in time the estimate (Luo et al. 2023, eq. 9).</summary>
/// <param name="Denoiser">Whose estimate is mixed with the state.</param>
/// <param name="TimeScale">What the level's time is multiplied by.</param>
/// <param name="SigmaData">The standard deviation of the data.</param>
public sealed record BoundaryDenoiser(IDenoiser Denoiser, double TimeScale = 10, double SigmaData = 0.5) : IDenoiser
{
    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        Estimate estimate = Denoiser.Denoise(state, level, condition);
        double time = level.Time * TimeScale, total = time * time + SigmaData * SigmaData;
        return estimate with { Denoised = estimate.Denoised * (time / Math.Sqrt(total)) + state * (SigmaData * SigmaData / total), Noise = null };
    }

    /// <inheritdoc/>
    public IDenoiser ForRun(DenoisingRun run) => this with { Denoiser = Denoiser.ForRun(run) };
}
