using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Guidance in a limited interval of noise levels (Kynkaanniemi et al. 2024): harmful above it, useless and costly below.</summary>
/// <param name="Guided">Asked where Low &lt; sigma / alpha &lt;= High.</param>
/// <param name="Plain">Asked elsewhere: the conditional model without guidance.</param>
/// <param name="Low">In sigma / alpha, EDM's sigma.</param>
/// <param name="High">In sigma / alpha, EDM's sigma.</param>
public sealed record GuidanceInterval(IDenoiser Guided, IDenoiser Plain, double Low, double High) : IDenoiser
{
    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        bool inside = level.Ratio > Low && level.Ratio <= High;
        return (inside ? Guided : Plain).Denoise(state, level, condition);
    }

    /// <inheritdoc/>
    public IDenoiser ForRun(DenoisingRun run) => this with { Guided = Guided.ForRun(run), Plain = Plain.ForRun(run) };
}
