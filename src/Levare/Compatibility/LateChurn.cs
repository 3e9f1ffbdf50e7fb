using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility;

/// <summary>Which level turns a network's output into an estimate when noise was added after the network was asked.</summary>
internal enum ChurnedLevel
{
    /// <summary>The one that the network was asked at.</summary>
    Before,

    /// <summary>The raised one.</summary>
    After,
}

/// <summary>
/// Euler with churn as diffusers has it: the network sees the state before the noise is added, and its output is then read as if it had
/// been given for the state after. In Karras et al. 2022 (<see cref="Churned"/>) the noise comes first.
/// </summary>
internal sealed record LateChurn(Parameterisation Parameterisation, Churn Churn, ChurnedLevel Level) : ISolver
{
    /// <summary>Another solver where no churn is asked for.</summary>
    public static ISolver Around(ISolver inner, Parameterisation parameterisation, Churn? churn, ChurnedLevel level) =>
        churn is { Amount: > 0 } ? new LateChurn(parameterisation, churn, level) : inner;

    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        NoiseLevel now = step.Now, raised = now with { Sigma = now.Sigma * (1 + Churn.Gamma(now, step.Grid.Steps)) };
        Tensor denoised = step.Denoise(step.State, now).Denoised, state = step.State;
        if (raised.Sigma > now.Sigma)
        {
            Tensor output = Parameterisation.ToOutput(denoised, state, now);
            state += step.Noise.Draw(state.shape) * (Math.Sqrt(raised.Sigma * raised.Sigma - now.Sigma * now.Sigma) * Churn.Scale);
            denoised = Parameterisation.ToDenoised(output, state, Level == ChurnedLevel.After ? raised : now);
        }
        return new(state + (state - denoised) * ((step.Next.Sigma - raised.Sigma) / raised.Sigma), denoised);
    }
}
