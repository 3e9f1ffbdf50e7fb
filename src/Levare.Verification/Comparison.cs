using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>One comparison of what Levare gave with what the case holds.</summary>
/// <param name="What">What was compared.</param>
/// <param name="Error">The largest difference, divided by max(1, largest value); infinite where shapes differ or values are not finite.</param>
/// <param name="Tolerance">The largest error that passes.</param>
public readonly record struct Comparison(string What, double Error, double Tolerance)
{
    /// <summary>Whether the error is within the tolerance.</summary>
    public bool Passed => Error <= Tolerance;

    /// <summary>Compares float tensors.</summary>
    public static Comparison Of(string what, Tensor actual, Tensor expected, double tolerance = 1e-4)
    {
        if (!actual.shape.SequenceEqual(expected.shape))
            return new($"{what}: shape [{string.Join(", ", actual.shape)}] where [{string.Join(", ", expected.shape)}] is expected", double.PositiveInfinity, tolerance);
        using var scope = TorchSharp.torch.NewDisposeScope();
        Tensor a = actual.detach().cpu().to(ScalarType.Float64), e = expected.detach().cpu().to(ScalarType.Float64);
        if (a.numel() == 0) return new(what, 0, tolerance);
        double error = (a - e).abs().max().item<double>() / Math.Max(1, e.abs().max().item<double>());
        return new(what, double.IsNaN(error) ? double.PositiveInfinity : error, tolerance);
    }

    /// <summary>Compares float tensors, of which the first may be missing: then the error is infinite.</summary>
    public static Comparison OfNullable(string what, Tensor? actual, Tensor expected, double tolerance = 1e-4) =>
        actual is null ? new($"{what}: there is no such output", double.PositiveInfinity, tolerance) : Of(what, actual, expected, tolerance);
}
