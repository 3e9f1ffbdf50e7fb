using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Perturbed-attention guidance beside classifier-free guidance (Ahn et al. 2024, eq. 16): u + s (c - u) + k (c - p), each estimate made once.</summary>
/// <param name="Pair">Gives c and u.</param>
/// <param name="Perturbed">Gives p, told what c is told.</param>
internal sealed record PerturbedPairGuidance(IGuidancePair Pair, IDenoiser Perturbed) : IDenoiser
{
    /// <summary>s at a level; where it is 1, u is not asked for.</summary>
    public required Func<NoiseLevel, double> Scale { get; init; }

    /// <summary>k at a level; where it is 0, p is not asked for.</summary>
    public required Func<NoiseLevel, double> PerturbedScale { get; init; }

    /// <summary>phi of <see cref="RescaledGuidance"/>, for the whole; 0 does not rescale, and neither does s = 1.</summary>
    public double Rescale { get; init; }

    /// <summary>In which parameterisation is rescaled; the estimate itself when null.</summary>
    public Parameterisation? Output { get; init; }

    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        double scale = Scale(level), perturbedScale = PerturbedScale(level);
        Estimate positive, guided;
        if (scale == 1)
        {
            guided = positive = Pair.Positive(state, level, condition);
        }
        else
        {
            (positive, Estimate negative) = Pair.Both(state, level, condition);
            guided = new ClassifierFreeGuidance(new KnownPair(positive, negative), scale).Denoise(state, level, condition);
        }
        if (perturbedScale != 0)
        {
            Known reference = new(positive), perturbed = new(Perturbed.Denoise(state, level, condition));
            guided = new PerturbedGuidance(new Known(guided), reference, perturbed, perturbedScale).Denoise(state, level, condition);
        }
        return Rescale > 0 && scale != 1 ? RescaledGuidance.Restore(guided, positive, state, level, Rescale, Output) : guided;
    }

    public IDenoiser ForRun(DenoisingRun run) => this with { Pair = Pair.ForRun(run), Perturbed = Perturbed.ForRun(run) };

    private sealed record Known(Estimate Estimate) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => Estimate;
    }
}
