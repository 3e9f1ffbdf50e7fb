using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Where guidance gets its two estimates: one to go towards, and a worse one to go away from.</summary>
/// <remarks>Which two they are (with and without the condition, a good and a weak model) is one choice; how they are combined is another.</remarks>
public interface IGuidancePair
{
    /// <summary>The estimate to go towards, alone.</summary>
    Estimate Positive(Tensor state, NoiseLevel level, Condition condition);

    /// <summary>Both estimates.</summary>
    (Estimate Positive, Estimate Negative) Both(Tensor state, NoiseLevel level, Condition condition);

    /// <summary>The pair for one run, see <see cref="IDenoiser.ForRun"/>.</summary>
    IGuidancePair ForRun(DenoisingRun run);
}
