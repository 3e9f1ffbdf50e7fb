using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility;

/// <summary>k-diffusion's Euler and Euler ancestral in diffusers' order of operations, for levels with alpha = 1.</summary>
/// <param name="Eta">0 for Euler, 1 for Euler ancestral, which draws at every step.</param>
/// <remarks>
/// <see cref="Euler"/> and <see cref="Ddim"/> but for rounding: the state is moved along a slope, and the noise is split in float32. At the
/// sigma of 4096 that stands for no signal, the rounding shows in the fourth digit.
/// </remarks>
internal sealed record SlopeEuler(double Eta = 0) : ISolver
{
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        (NoiseLevel now, NoiseLevel next) = (step.Now, step.Next);
        Tensor denoised = step.Denoise(step.State, now).Denoised;
        (float down, float up) = Eta == 0 ? ((float)next.Sigma, 0) : Split((float)now.Sigma, (float)next.Sigma);
        Tensor moved = step.State + (step.State - denoised) / now.Sigma * (down - (float)now.Sigma);
        if (Eta > 0) moved += step.Noise.Draw(step.State.shape) * up;
        return new(moved, denoised);
    }

    private static (float Down, float Up) Split(float from, float to)
    {
        float up = MathF.Sqrt(to * to * (from * from - to * to) / (from * from));
        return (MathF.Sqrt(to * to - up * up), up);
    }
}
