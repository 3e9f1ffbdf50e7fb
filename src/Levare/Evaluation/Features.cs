using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>What all measures ask of features.</summary>
internal static class Features
{
    /// <summary>float64 on the CPU.</summary>
    public static Tensor Double(Tensor features) => features.detach().cpu().to(ScalarType.Float64);

    /// <summary>Refuses what is no [samples, features], and pairs whose features differ in number: a product of those ends the process.</summary>
    public static void Check(Tensor x, Tensor y, long atLeast)
    {
        if (x.dim() != 2 || y.dim() != 2 || x.shape[1] != y.shape[1])
            throw new ArgumentException($"Features are [samples, features] with one number of features; given were [{string.Join(", ", x.shape)}] and [{string.Join(", ", y.shape)}].");
        if (x.shape[0] < atLeast || y.shape[0] < atLeast)
            throw new ArgumentException($"At least {atLeast} samples are needed; given were {x.shape[0]} and {y.shape[0]}.");
    }

    /// <summary>Euclidean distances, [samples of x, samples of y].</summary>
    public static Tensor Distances(Tensor x, Tensor y) => cdist(x, y, compute_mode: TorchSharp.compute_mode.donot_use_mm_for_euclid_dist);
}
