using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Classifier-free guidance whose result gets the standard deviation of the conditional one back (Lin et al. 2023, eq. 14-16).</summary>
/// <remarks>Cures the over-exposure of large scales. Deviations are taken over each row.</remarks>
/// <param name="Pair">Where the estimates come from.</param>
/// <param name="Scale">1 is no guidance.</param>
/// <param name="Rescale">phi, 0..1: the share of the rescaled result; the paper uses 0.7.</param>
/// <param name="Output">Rescales what the network would have said in this parameterisation, as Python's pipelines do; the estimate itself when null.</param>
public sealed record RescaledGuidance(IGuidancePair Pair, double Scale, double Rescale, Parameterisation? Output = null) : PairGuidance(Pair, Scale)
{
    /// <inheritdoc/>
    protected override Estimate Combine(Estimate positive, Estimate negative, Tensor state, NoiseLevel level)
    {
        return Restore(Extrapolate(positive, negative, state, level), positive, state, level, Rescale, Output);
    }

    /// <summary>A guided estimate with the deviation of the conditional one.</summary>
    internal static Estimate Restore(Estimate guided, Estimate positive, Tensor state, NoiseLevel level, double rescale, Parameterisation? output)
    {
        // Without noise in the state the estimates agree: there is nothing to rescale.
        if (level.Sigma == 0) return guided;
        if (output is null) return guided with { Denoised = Restore(guided.Denoised, positive.Denoised, rescale) };
        Tensor restored = Restore(output.ToOutput(guided.Denoised, state, level), output.ToOutput(positive.Denoised, state, level), rescale);
        return guided with { Denoised = output.ToDenoised(restored, state, level), Noise = null };
    }

    private static Tensor Restore(Tensor guided, Tensor conditional, double rescale)
    {
        Tensor factor = Deviation(conditional) / Deviation(guided);
        return guided * (factor * rescale + (1 - rescale));
    }

    private static Tensor Deviation(Tensor x) => x.std([.. Enumerable.Range(1, (int)x.ndim - 1)], unbiased: true, keepdim: true);
}
