using System.Text.Json;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>What a case says of the errors that pass: an absolute one, plus a share of the largest value.</summary>
internal readonly record struct CaseTolerance(double Absolute, double Relative)
{
    /// <summary>The tolerance of case.json: one number, or "abs" and "rel".</summary>
    public static CaseTolerance Of(GoldenCase golden)
    {
        JsonElement json = golden.Json.GetProperty("tolerance");
        if (json.ValueKind == JsonValueKind.Number) return new(json.GetDouble(), json.GetDouble());
        return new(json.GetProperty("abs").GetDouble(), json.TryGetProperty("rel", out JsonElement relative) ? relative.GetDouble() : 0);
    }

    /// <summary>Compares within it.</summary>
    public Comparison Compare(string what, Tensor actual, Tensor expected)
    {
        double largest = expected.numel() == 0 ? 0 : expected.abs().max().to(ScalarType.Float64).item<double>();
        return Comparison.Of(what, actual, expected, (Absolute + Relative * largest) / Math.Max(1, largest));
    }
}
