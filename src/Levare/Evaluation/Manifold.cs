using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>How two sets cover each other, each taken as balls round its samples that reach the k-th nearest other sample.</summary>
/// <param name="Precision">The share of generated samples inside the real balls (Kynkaanniemi et al. 2019): quality.</param>
/// <param name="Recall">The share of real samples inside the generated balls: variety.</param>
/// <param name="Density">Real balls round a generated sample, divided by k (Naeem et al. 2020): quality, 1 or so for equal sets.</param>
/// <param name="Coverage">The share of real balls that hold a generated sample: variety, not fooled by outliers.</param>
public readonly record struct Manifold(double Precision, double Recall, double Density, double Coverage)
{
    /// <summary>Measures generated samples against real ones.</summary>
    /// <param name="real">[samples, features], more samples than <paramref name="neighbour"/>.</param>
    /// <param name="generated">[samples, features], more samples than <paramref name="neighbour"/>.</param>
    /// <param name="neighbour">k.</param>
    public static Manifold Of(Tensor real, Tensor generated, int neighbour = 5)
    {
        Features.Check(real, generated, atLeast: neighbour + 1);
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor x = Features.Double(real), y = Features.Double(generated);
        Tensor radiiX = Radii(x, neighbour), radiiY = Radii(y, neighbour), distances = Features.Distances(x, y);
        Tensor inReal = distances < radiiX.unsqueeze(1), inGenerated = distances < radiiY.unsqueeze(0);
        return new(
            Share(inReal.any(0)),
            Share(inGenerated.any(1)),
            inReal.to(ScalarType.Float64).sum([0]).mean().item<double>() / neighbour,
            Share(distances.amin([1]) < radiiX));
    }

    /// <summary>Each sample's distance to its k-th nearest other one.</summary>
    internal static Tensor Radii(Tensor x, int neighbour) => Features.Distances(x, x).kthvalue(neighbour + 1, 1).values;

    private static double Share(Tensor flags) => flags.to(ScalarType.Float64).mean().item<double>();
}
