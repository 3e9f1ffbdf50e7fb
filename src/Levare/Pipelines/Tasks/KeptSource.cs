using Levare.Denoisers;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>A solver whose every state is blended with a source, noised to the state's level, where a mask is 0 (Lugmayr et al. 2022, without its resampling).</summary>
/// <remarks>
/// As in diffusers each state that the network is to see is blended, those inside of a step too; what the solver holds of the step's beginning stays.
/// </remarks>
/// <param name="Inner">Takes the steps.</param>
/// <param name="Source">The clean state, [batch, ...].</param>
/// <param name="Noise">Standard normal, in the same shape; the same at all levels.</param>
/// <param name="Mask">1 where the solver's state counts, [1 or batch, 1, ...].</param>
/// <param name="End">The step before which the run ends: its last state is blended with the source as it is.</param>
/// <param name="LevelInside">The level of the source at a level inside of a step.</param>
internal sealed record KeptSource(ISolver Inner, Tensor Source, Tensor Noise, Tensor Mask, int End, Func<NoiseLevel, NoiseLevel> LevelInside) : ISolver
{
    /// <summary>The wrapper for a run.</summary>
    public static Func<ISolver, ISolver> Around(TaskContext context, Tensor source, Tensor noise, Tensor mask)
    {
        Func<double, NoiseLevel>? held = context.Schedule.Level;
        return inner => new KeptSource(inner, source, noise, mask, context.Plan.Slice.End, level => held?.Invoke(level.Time) ?? level);
    }

    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        bool isFirst = true;
        SolverResult result = Inner.Step(step with { Denoise = Denoise }, memory);
        bool isLast = step.Index == End - 1;
        return result with { State = Blend(result.State, isLast ? Source : Noised(step.Next)) };

        Estimate Denoise(Tensor state, NoiseLevel level)
        {
            if (isFirst)
            {
                isFirst = false;
                return step.Denoise(state, level);
            }
            Tensor blended = Blend(state, Noised(LevelInside(level)));
            Estimate estimate = step.Denoise(blended, level);
            return estimate with { Noise = estimate.Epsilon(blended, level) };
        }
    }

    private Tensor Noised(NoiseLevel level) => Source * level.Alpha + Noise * level.Sigma;

    private Tensor Blend(Tensor state, Tensor kept) => kept * (1 - Mask) + state * Mask;
}
