using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>A denoiser that reports the rows it is asked for: what a run costs.</summary>
internal sealed class CountedEvaluations(IDenoiser denoiser, Action<long> report) : IDenoiser
{
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        report(state.shape[0]);
        return denoiser.Denoise(state, level, condition);
    }

    public IDenoiser ForRun(DenoisingRun run) => new CountedEvaluations(denoiser.ForRun(run), report);
}
