using Levare.Conditioning;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>The exact consistency function (Song et al. 2023): where the probability flow carries a state at sigma = 0.</summary>
/// <remarks>What consistency models, LCM and their kin are trained to say; few-step samplers are exact on it.</remarks>
/// <param name="flow">The flow, which must outlive this.</param>
public sealed class ConsistencyFunction(IProbabilityFlow flow) : IDenoiser
{
    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(flow.Flow(state, level, new NoiseLevel(0, 1, 0)));
}
