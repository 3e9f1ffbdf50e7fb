using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>A denoiser that is given the rows of a batch a few at a time: less memory, and the same results up to rounding.</summary>
/// <param name="denoiser">The denoiser; each row of its results depends on that row of the state and of the condition alone.</param>
/// <param name="rows">Rows at a time, 1 or more.</param>
internal sealed class SplitEvaluations(IDenoiser denoiser, int rows) : IDenoiser
{
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        long batch = state.shape[0];
        if (batch <= rows) return denoiser.Denoise(state, level, condition);
        using DisposeScope scope = NewDisposeScope();
        List<Estimate> parts = [];
        for (long first = 0; first < batch; first += rows) parts.Add(Part(state, level, condition, first, Math.Min(rows, batch - first)));
        return new(Joined(parts.Select(part => part.Denoised))!.MoveToOuterDisposeScope())
        {
            Noise = Joined(parts.Select(part => part.Noise))?.MoveToOuterDisposeScope(),
            Variance = Joined(parts.Select(part => part.Variance))?.MoveToOuterDisposeScope(),
        };
    }

    public IDenoiser ForRun(DenoisingRun run) => new SplitEvaluations(denoiser.ForRun(run), rows);

    // What a part makes on its way goes before the next begins.
    private Estimate Part(Tensor state, NoiseLevel level, Condition condition, long first, long count)
    {
        using DisposeScope scope = NewDisposeScope();
        Estimate part = denoiser.Denoise(state.narrow(0, first, count), level, condition.Map((_, tensor) => tensor.narrow(0, first, count)));
        return new(part.Denoised.MoveToOuterDisposeScope()) { Noise = part.Noise?.MoveToOuterDisposeScope(), Variance = part.Variance?.MoveToOuterDisposeScope() };
    }

    private static Tensor? Joined(IEnumerable<Tensor?> parts)
    {
        ImmutableArray<Tensor> given = [.. parts.OfType<Tensor>()];
        return given.IsEmpty ? null : cat([.. given], 0);
    }
}
