using System.Collections.Immutable;
using Levare.Denoisers;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>Linear multistep (Adams-Bashforth on unequal steps): the noise of past levels, extrapolated by a polynomial in sigma / alpha.</summary>
/// <param name="Order">How many estimates, 1 to 4; fewer in the first steps.</param>
/// <remarks>k-diffusion's LMS. One evaluation a step. For levels with alpha above 0.</remarks>
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
        ImmutableArray<(double Ratio, Tensor Noise)> past = memory is Memory m ? m.Past : [];
        past = [(step.Now.Ratio, estimate.Epsilon(step.State, step.Now)), .. past.Take(Order - 1)];
        double[] weights = Weights([.. past.Select(entry => entry.Ratio)], step.Next.Ratio);
        Tensor next = step.State / step.Now.Alpha;
        foreach ((double weight, (_, Tensor noise)) in weights.Zip(past)) next += noise * weight;
        return new(next * step.Next.Alpha, estimate.Denoised, new Memory(past));
    }

    /// <summary>The integrals, from the first node to an end, of the Lagrange polynomials on nodes.</summary>
    internal static double[] Weights(double[] nodes, double end)
    {
        // Two-point Gauss integrates the cubic of four nodes exactly.
        double half = (end - nodes[0]) / 2, middle = (end + nodes[0]) / 2, point = half / Math.Sqrt(3);
        return [.. nodes.Select((_, k) => half * (Lagrange(nodes, k, middle - point) + Lagrange(nodes, k, middle + point)))];
    }

    private static double Lagrange(double[] nodes, int k, double at)
    {
        double product = 1;
        for (int j = 0; j < nodes.Length; j++)
            if (j != k) product *= (at - nodes[j]) / (nodes[k] - nodes[j]);
        return product;
    }
}
