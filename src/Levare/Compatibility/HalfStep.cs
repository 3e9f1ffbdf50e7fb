using Levare.Denoisers;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility;

/// <summary>A solver of two calls a step, whose last step ends where it would call the second time: with the state that it would ask about.</summary>
/// <remarks>So diffusers ends a run whose last timestep lies between the two calls (denoising_end).</remarks>
/// <param name="Inner">Takes the steps.</param>
/// <param name="Last">The step that ends so.</param>
internal sealed record HalfStep(ISolver Inner, int Last) : ISolver
{
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        if (step.Index != Last) return Inner.Step(step, memory);
        Estimate? first = null;
        Tensor? asked = null;
        SolverResult whole = Inner.Step(step with { Denoise = Denoise, Noise = new NoiseOfFirstCall(step.Noise, () => asked is null, step.State.device) }, memory);
        return asked is null ? whole : new(asked, first!.Value.Denoised);

        Estimate Denoise(Tensor state, NoiseLevel level)
        {
            if (first is { } known)
            {
                asked ??= state;
                return known;
            }
            Estimate estimate = step.Denoise(state, level);
            first = estimate;
            return estimate;
        }
    }

    // What the step draws behind its second call is not drawn.
    private sealed class NoiseOfFirstCall(INoiseSource inner, Func<bool> isFirst, Device device) : INoiseSource
    {
        public long? Rows => inner.Rows;

        public INoiseSource First => new NoiseOfFirstCall(inner.First, isFirst, device);

        public Tensor Draw(params long[] shape) => isFirst() ? inner.Draw(shape) : zeros(shape, device: device);

        public Tensor Draw(NoiseLevel from, NoiseLevel to, params long[] shape) => isFirst() ? inner.Draw(from, to, shape) : zeros(shape, device: device);
    }
}
