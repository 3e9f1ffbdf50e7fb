using System.Collections.Immutable;
using Levare.Denoisers;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>Linear multistep (Adams-Bashforth on unequal steps): the noise of past levels, extrapolated by a polynomial in sigma / alpha.</summary>
/// <param name="Order">How many estimates, 1 to 4; fewer in the first steps.</param>
/// <remarks>k-diffusion's LMS. One evaluation a step.</remarks>
public sealed record LinearMultistep(int Order = 4) : ISolver
{
    private sealed record Memory(ImmutableArray<(double Ratio, Tensor Noise)> Past) : SolverMemory
    {
        public override IEnumerable<Tensor> Tensors => Past.Select(entry => entry.Noise);
    }

    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Estimate estimate = step.Denoise(step.State, step.Now);
        Tensor now = estimate.Epsilon(step.State, step.Now);
        // A level without data has no place in a polynomial of sigma / alpha: the step from it is Euler's.
        if (step.Now.Alpha == 0) return new(estimate.Denoised * step.Next.Alpha + now * step.Next.Sigma, estimate.Denoised);
        ImmutableArray<(double Ratio, Tensor Noise)> past = memory is Memory m ? m.Past : [];
        past = [(step.Now.Ratio, now), .. past.Take(Order - 1)];
        double[] weights = Weights([.. past.Select(entry => entry.Ratio)], step.Next.Ratio);
        Tensor next = step.State / step.Now.Alpha;
        foreach ((double weight, (_, Tensor noise)) in weights.Zip(past)) next += noise * weight;
        return new(next * step.Next.Alpha, estimate.Denoised, new Memory(past));
    }

    /// <summary>The integrals, from the first node to an end, of the Lagrange polynomials on nodes.</summary>
    internal static double[] Weights(double[] nodes, double end)
    {
        double step = end - nodes[0];
        return Polynomial.Weights([.. nodes.Select(node => node - nodes[0])], [.. nodes.Select((_, power) => Math.Pow(step, power + 1) / (power + 1))]);
    }
}
