using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Sampling;

/// <summary>One step that a sampler took. Its tensors are the sampler's and live until the next step is asked for: clone what you keep.</summary>
/// <param name="Index">The step's index in the run, from 0.</param>
/// <param name="Count">The number of steps of the run.</param>
/// <param name="State">The state after the step.</param>
/// <param name="Denoised">The estimate of the clean data during the step.</param>
public readonly record struct SamplerStep(int Index, int Count, Tensor State, Tensor Denoised);

/// <summary>The loop from noise to data. It knows no field: pictures, sound and molecules go through it alike.</summary>
/// <remarks>Nothing is shared between runs, so one denoiser, grid and solver serve any number of them at the same time.</remarks>
public static class Sampler
{
    /// <summary>Samples step by step; cancellation is seen before each evaluation of a network, within guidance too.</summary>
    /// <param name="denoiser">A network, an oracle or guidance.</param>
    /// <param name="solver">The method.</param>
    /// <param name="grid">The levels to visit.</param>
    /// <param name="start">The state at the first level that is visited; it stays the caller's.</param>
    /// <param name="noise">This run's random draws.</param>
    /// <param name="condition">What the denoiser is told, in the start's batch size.</param>
    /// <param name="steps">The steps of the grid to take, all when null. Solvers see the whole grid, and no memory at the first step taken.</param>
    /// <param name="cancellation">Stops the run with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="NotFiniteNumberException">The denoiser or a step gave NaN or infinity: the message says at which level.</exception>
    public static IEnumerable<SamplerStep> Run(
        IDenoiser denoiser, ISolver solver, TimeGrid grid, Tensor start, INoiseSource noise,
        Condition? condition = null, Range? steps = null, CancellationToken cancellation = default)
    {
        (int first, int count) = (steps ?? Range.All).GetOffsetAndLength(grid.Steps);
        condition ??= Condition.None;
        using DenoisingRun run = new(cancellation);
        IDenoiser running = denoiser.ForRun(run);
        SolverResult current = new(start, start);
        try
        {
            for (int index = 0; index < count; index++)
            {
                run.Step = index;
                SolverResult next = Advance(new SolverStep(grid, first + index, current.State, Denoise, noise), solver, current.Memory);
                Release(current, next, start);
                current = next;
                RequireFinite(current.State, $"The state after step {index}", grid[first + index + 1]);
                yield return new(index, count, current.State, current.Denoised);
            }
        }
        finally
        {
            Release(current, null, start);
        }

        Estimate Denoise(Tensor state, NoiseLevel level)
        {
            run.ThrowIfCancelled();
            run.Evaluation++;
            Estimate estimate = running.Denoise(state, level, condition);
            RequireFinite(estimate.Denoised, "The denoiser's estimate", level);
            return estimate;
        }
    }

    /// <summary>Samples to the end and returns the last state, which is then the caller's.</summary>
    /// <inheritdoc cref="Run"/>
    public static Tensor Sample(
        IDenoiser denoiser, ISolver solver, TimeGrid grid, Tensor start, INoiseSource noise,
        Condition? condition = null, Range? steps = null, CancellationToken cancellation = default)
    {
        Tensor? last = null;
        foreach (SamplerStep step in Run(denoiser, solver, grid, start, noise, condition, steps, cancellation))
            if (step.Index == step.Count - 1) last = step.State.clone();
        return last!;
    }

    /// <summary>Samples from a seed alone: the first draw is the start at the grid's first level, the others are the solver's.</summary>
    /// <param name="denoiser">A network, an oracle or guidance.</param>
    /// <param name="solver">The method.</param>
    /// <param name="grid">The levels to visit.</param>
    /// <param name="shape">[batch, ...] of the result, which is float32.</param>
    /// <param name="seed">The same seed gives the same result.</param>
    /// <param name="condition">What the denoiser is told, in the shape's batch size.</param>
    /// <param name="device">Where the state is, the CPU when null; draws are the same on all.</param>
    /// <param name="cancellation">Stops the run with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The last state, which is the caller's.</returns>
    public static Tensor Sample(
        IDenoiser denoiser, ISolver solver, TimeGrid grid, long[] shape, long seed,
        Condition? condition = null, Device? device = null, CancellationToken cancellation = default)
    {
        using SeededNoise noise = new(seed, device);
        using Tensor drawn = noise.Draw(shape);
        using Tensor start = drawn * grid[0].Sigma;
        return Sample(denoiser, solver, grid, start, noise, condition, steps: null, cancellation);
    }

    // Everything made inside a step dies with it, but for its result.
    private static SolverResult Advance(SolverStep step, ISolver solver, SolverMemory? memory)
    {
        using var noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        SolverResult result = solver.Step(step, memory);
        foreach (Tensor tensor in Kept(result)) scope.Detach(tensor);
        return result;
    }

    // Said where it first happens, a fault has a cause; at the end of a run it is a black picture.
    private static void RequireFinite(Tensor tensor, string what, NoiseLevel level)
    {
        using Tensor sum = tensor.sum(ScalarType.Float64);
        if (!double.IsFinite(sum.item<double>()))
            throw new NotFiniteNumberException($"{what} holds values that are not finite, at time {level.Time:g6} (alpha {level.Alpha:g6}, sigma {level.Sigma:g6}).");
    }

    private static IEnumerable<Tensor> Kept(SolverResult result) =>
        (result.Memory?.Tensors ?? []).Append(result.State).Append(result.Denoised).Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>();

    private static void Release(SolverResult old, SolverResult? next, Tensor start)
    {
        // Tensor.Equals compares elements; what matters here is identity.
        HashSet<Tensor> alive = new(next is { } kept ? Kept(kept) : [], ReferenceEqualityComparer.Instance) { start };
        foreach (Tensor tensor in Kept(old))
            if (!alive.Contains(tensor)) tensor.Dispose();
    }
}
