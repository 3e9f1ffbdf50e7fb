using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Classifier-free guidance (Ho and Salimans 2022): u + scale (c - u) of the estimates without and with the condition.</summary>
/// <remarks>The scale is that of eq. 6 plus 1, as most models' cards give it: 1 is no guidance.</remarks>
public sealed record ClassifierFreeGuidance(IGuidancePair Pair, double Scale) : PairGuidance(Pair, Scale)
{
    /// <summary>Guidance in one batch [unconditional; conditional].</summary>
    /// <param name="denoiser">Evaluated with both conditions.</param>
    /// <param name="unconditional">The null condition or a negative prompt's, one row for all or one for each.</param>
    /// <param name="scale">1 is no guidance.</param>
    public ClassifierFreeGuidance(IDenoiser denoiser, Condition unconditional, double scale)
        : this(new BatchedConditionPair(denoiser, unconditional), scale)
    {
    }

    /// <inheritdoc/>
    protected override Estimate Combine(Estimate positive, Estimate negative, Tensor state, NoiseLevel level) =>
        Extrapolate(positive, negative, state, level);
}
