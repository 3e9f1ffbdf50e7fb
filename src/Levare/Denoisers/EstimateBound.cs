using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>Brings an estimate of clean data back to the range that data has. Immutable and thread-safe.</summary>
public abstract record EstimateBound
{
    /// <summary>The bounded estimate, in the same shape.</summary>
    /// <param name="denoised">[batch, ...].</param>
    public abstract Tensor Apply(Tensor denoised);
}

/// <summary>Clamps to -range..range.</summary>
/// <param name="Range">Above 0; pixels have 1.</param>
public sealed record ClampBound(double Range = 1) : EstimateBound
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor denoised) => denoised.clamp(-Range, Range);
}

/// <summary>Dynamic thresholding (Saharia et al. 2022, Imagen, section 2.3): each row is clamped to a quantile s of its own, then divided by s.</summary>
/// <param name="Ratio">Which quantile of the absolute values, 0..1.</param>
/// <param name="Maximum">The largest s, 1 or more; the smallest is 1.</param>
public sealed record QuantileBound(double Ratio = 0.995, double Maximum = 1) : EstimateBound
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor denoised)
    {
        using DisposeScope scope = NewDisposeScope();
        ScalarType wide = denoised.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor rows = denoised.reshape(denoised.shape[0], -1).to(wide);
        Tensor range = quantile(rows.abs(), tensor(Ratio, wide, denoised.device), 1, keepdim: true).reshape(-1, 1).clamp(1, Maximum);
        return (minimum(maximum(rows, -range), range) / range).reshape(denoised.shape).to(denoised.dtype).MoveToOuterDisposeScope();
    }
}
