using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>Predictor-corrector sampling of a variance-exploding path (Song et al. 2021, algorithms 2 and 4): Langevin steps at a level, then one of the reverse SDE to the next.</summary>
/// <param name="Corrections">Langevin steps at each level, 0 or more; each is an evaluation.</param>
/// <param name="SignalToNoise">r: how long the Langevin steps are.</param>
/// <remarks>
/// First order. Draws once for each correction and once for the prediction, but not at the last step, which keeps the mean. The length of
/// a Langevin step comes from norms that are averaged over the batch, as the authors' code does it, so rows of a batch are not independent.
/// </remarks>
public sealed record PredictorCorrector(int Corrections = 1, double SignalToNoise = 0.16) : ISolver
{
    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Tensor state = step.State;
        for (int i = 0; i < Corrections; i++) state = Correct(step, state);
        Estimate estimate = step.Denoise(state, step.Now);
        double variance = step.Now.Sigma * step.Now.Sigma - step.Next.Sigma * step.Next.Sigma;
        Tensor mean = state + Score(estimate, state, step.Now) * variance;
        return new(step.IsLast ? mean : mean + step.Noise.Draw(state.shape) * Math.Sqrt(variance), estimate.Denoised);
    }

    private Tensor Correct(SolverStep step, Tensor state)
    {
        Tensor score = Score(step.Denoise(state, step.Now), state, step.Now);
        Tensor noise = step.Noise.Draw(state.shape);
        Tensor length = (MeanNorm(noise) / MeanNorm(score) * SignalToNoise).square() * 2;
        return state + score * length + noise * (length * 2).sqrt();
    }

    private static Tensor Score(Estimate estimate, Tensor state, NoiseLevel level) => estimate.Epsilon(state, level) * (-1 / level.Sigma);

    private static Tensor MeanNorm(Tensor rows) => rows.flatten(1).square().sum(1).sqrt().mean();
}
