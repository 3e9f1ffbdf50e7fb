using Levare.Conditioning;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>Estimates the clean data behind a noisy state: a network, an exact oracle, or guidance round another denoiser.</summary>
/// <remarks>Implementations hold no state of a run and may be called from several threads at once.</remarks>
public interface IDenoiser
{
    /// <summary>The estimate for a batch of states that all are at one noise level.</summary>
    /// <param name="state">[batch, ...], noisy.</param>
    /// <param name="level">The noise level of all of them.</param>
    /// <param name="condition">What is known beside; its batch equals the state's.</param>
    Estimate Denoise(Tensor state, NoiseLevel level, Condition condition);

    /// <summary>The denoiser for one run: itself, unless it remembers something of the run or looks whether it is to stop.</summary>
    /// <remarks>Whoever wraps denoisers passes this on to them.</remarks>
    IDenoiser ForRun(DenoisingRun run) => this;
}
