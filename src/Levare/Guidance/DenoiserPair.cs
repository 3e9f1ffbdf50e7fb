using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>A denoiser and a worse version of it, both told the same condition.</summary>
/// <param name="Main">The one to go towards.</param>
/// <param name="Weak">The one to go away from: smaller, less trained, or disturbed.</param>
public sealed record DenoiserPair(IDenoiser Main, IDenoiser Weak) : IGuidancePair
{
    /// <inheritdoc/>
    public Estimate Positive(Tensor state, NoiseLevel level, Condition condition) => Main.Denoise(state, level, condition);

    /// <inheritdoc/>
    public (Estimate Positive, Estimate Negative) Both(Tensor state, NoiseLevel level, Condition condition) =>
        (Main.Denoise(state, level, condition), Weak.Denoise(state, level, condition));

    /// <inheritdoc/>
    public IGuidancePair ForRun(DenoisingRun run) => new DenoiserPair(Main.ForRun(run), Weak.ForRun(run));
}
