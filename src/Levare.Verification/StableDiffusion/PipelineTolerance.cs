using System.Text.Json;
using static TorchSharp.torch;

namespace Levare.Verification.StableDiffusion;

/// <summary>What a pipeline's case says of the errors that pass.</summary>
/// <param name="Absolute">Of latents.</param>
/// <param name="Relative">Of latents, as a share of the largest.</param>
/// <param name="Pixels">Of pictures, in 0..1.</param>
internal readonly record struct PipelineTolerance(double Absolute, double Relative, double Pixels)
{
    /// <summary>The tolerance of case.json.</summary>
    public static PipelineTolerance Of(GoldenCase golden)
    {
        JsonElement json = golden.Json.GetProperty("tolerance");
        return new(Number("latents_abs", 1e-4), Number("latents_rel", 1e-4), Number("pixels", 1.0 / 255));

        double Number(string name, double otherwise) => json.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : otherwise;
    }

    /// <summary>Compares within it.</summary>
    public Comparison Compare(string what, Tensor actual, Tensor expected)
    {
        using var scope = NewDisposeScope();
        double largest = expected.numel() == 0 ? 0 : expected.abs().max().to(ScalarType.Float64).item<double>();
        return Comparison.Of(what, actual, expected, (Absolute + Relative * largest) / Math.Max(1, largest));
    }
}
