using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Guidance by two conditions with a scale each (Brooks et al. 2023, InstructPix2Pix, eq. 3): n + k (b - n) + s (a - b).</summary>
/// <remarks>
/// a is told both conditions, b only the one that is kept, n neither. The three are evaluated in one batch, in this order. With k = s this is
/// classifier-free guidance from n to a.
/// </remarks>
/// <param name="Denoiser">Evaluated three times.</param>
/// <param name="Nothing">What is said where neither condition is told: names and rows as in the condition.</param>
/// <param name="Kept">The name of the condition that b keeps.</param>
/// <param name="Scale">s, of the other condition.</param>
/// <param name="KeptScale">k, of the kept condition.</param>
public sealed record TwoConditionGuidance(IDenoiser Denoiser, Condition Nothing, string Kept, double Scale, double KeptScale) : IDenoiser
{
    /// <summary>phi of <see cref="RescaledGuidance"/>, whose conditional estimate is a; 0 does not rescale.</summary>
    public double Rescale { get; init; }

    /// <summary>What the network says, for rescaling: see <see cref="RescaledGuidance.Output"/>.</summary>
    public Parameterisation? Output { get; init; }

    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        Condition onlyKept = Nothing.With(Kept, condition[Kept]);
        Estimate all = Denoiser.Denoise(cat([state, state, state], 0), level, Condition.Concatenate(condition, onlyKept, Nothing));
        Estimate first = new(all.Denoised.narrow(0, 0, state.shape[0])) { Variance = all.Variance?.narrow(0, 0, state.shape[0]) };
        Estimate guided = first with { Denoised = Combine(all.Denoised), Noise = all.Noise is { } noise ? Combine(noise) : null };
        return Rescale == 0 ? guided : RescaledGuidance.Restore(guided, first, state, level, Rescale, Output);
    }

    /// <inheritdoc/>
    public IDenoiser ForRun(DenoisingRun run) => this with { Denoiser = Denoiser.ForRun(run) };

    private Tensor Combine(Tensor rows)
    {
        Tensor[] parts = rows.chunk(3, 0);
        return parts[2] + (parts[0] - parts[1]) * Scale + (parts[1] - parts[2]) * KeptScale;
    }
}
