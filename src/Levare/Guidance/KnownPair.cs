using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Guidance;

/// <summary>Two estimates that were made already, for guidance that is one part of another.</summary>
internal sealed record KnownPair(Estimate Known, Estimate Other) : IGuidancePair
{
    public Estimate Positive(Tensor state, NoiseLevel level, Condition condition) => Known;

    public (Estimate Positive, Estimate Negative) Both(Tensor state, NoiseLevel level, Condition condition) => (Known, Other);

    public IGuidancePair ForRun(DenoisingRun run) => this;
}
