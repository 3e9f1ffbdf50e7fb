using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>PNDMScheduler's Runge-Kutta beginning in a run from within: a step for each call of the network, which the class takes for calls of the schedule's first ones.</summary>
/// <remarks>
/// The class counts calls from the run's own beginning: the first twelve make three Runge-Kutta steps, which set out from the levels of the whole schedule's
/// first three though the network is told those of the run.
/// </remarks>
/// <param name="Path">The path of training.</param>
/// <param name="Final">The level behind the last.</param>
/// <param name="Stride">The timesteps of training between two steps.</param>
/// <param name="Beginnings">The whole schedule's calls of Runge-Kutta steps.</param>
/// <param name="Parameterisation">The outputs'.</param>
internal sealed record PndmFromWithin(DiscreteVpPath Path, NoiseLevel Final, int Stride, ImmutableArray<double> Beginnings, Parameterisation Parameterisation) : ISolver
{
    private const int CallsOfStep = 4, Kept = 4;

    /// <summary>The number of calls, what is summed of a Runge-Kutta step, where it set out from, and the latest outputs of whole steps.</summary>
    private sealed record Memory(int Calls, Tensor? Sum, Tensor? Start, ImmutableArray<Tensor> Outputs) : SolverMemory
    {
        public override IEnumerable<Tensor> Tensors => Outputs.Concat(new[] { Sum, Start }.OfType<Tensor>());
    }

    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Memory before = memory as Memory ?? new(0, null, null, []);
        Estimate estimate = step.Denoise(step.State, step.Now);
        Tensor output = Parameterisation.ToOutput(estimate.Denoised, step.State, step.Now);
        (Tensor next, Memory after) = before.Calls < Beginnings.Length ? RungeKutta(step, output, before) : Multistep(step, output, before);
        return new(next, estimate.Denoised, after with { Calls = before.Calls + 1 });
    }

    private (Tensor Next, Memory After) RungeKutta(SolverStep step, Tensor output, Memory before)
    {
        int stage = before.Calls % CallsOfStep;
        NoiseLevel from = Path.At(Beginnings[before.Calls - stage]), to = Below(step.Now, stage % 2 == 0 ? Stride / 2 : 0);
        Memory after = stage switch
        {
            0 => before with { Sum = output / 6, Start = step.State.alias(), Outputs = [output, .. before.Outputs] },
            CallsOfStep - 1 => before with { Sum = null, Start = null },
            _ => before with { Sum = before.Sum! + output / 3 },
        };
        Tensor slope = stage == CallsOfStep - 1 ? before.Sum! + output / 6 : output;
        return (Moved(stage == 0 ? step.State : before.Start!, slope, from, to), after);
    }

    private (Tensor Next, Memory After) Multistep(SolverStep step, Tensor output, Memory before)
    {
        ImmutableArray<Tensor> outputs = [output, .. before.Outputs.Take(Kept - 1)];
        return (Moved(step.State, NoiseTransfer.Extrapolate(outputs), step.Now, Below(step.Now, Stride)), before with { Outputs = outputs });
    }

    private NoiseLevel Below(NoiseLevel level, int stride) => level.Time - stride >= 0 ? Path.At(level.Time - stride) : Final;

    private Tensor Moved(Tensor state, Tensor output, NoiseLevel from, NoiseLevel to) => NoiseTransfer.Move(state, Parameterisation.ToNoise(output, state, from)!, from, to);
}
