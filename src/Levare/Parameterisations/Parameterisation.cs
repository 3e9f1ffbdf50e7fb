using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Parameterisations;

/// <summary>What a network's output means. Every kind is affine in it: see <see cref="Preconditioning"/>. Immutable and thread-safe.</summary>
public abstract record Parameterisation
{
    /// <summary>The four coefficients at a level.</summary>
    public abstract Preconditioning At(NoiseLevel level);

    /// <summary>The denoised estimate x0 that a network's output stands for.</summary>
    public virtual Tensor ToDenoised(Tensor output, Tensor state, NoiseLevel level)
    {
        Preconditioning c = At(level);
        return c.Skip == 0 ? output * c.Output : state * c.Skip + output * c.Output;
    }

    /// <summary>The noise that a network's output stands for where it says so by itself, at sigma = 0 too; null where it does not.</summary>
    public virtual Tensor? ToNoise(Tensor output, Tensor state, NoiseLevel level) => null;

    /// <summary>The network output that stands for a denoised estimate: the inverse of <see cref="ToDenoised"/>, and the training target.</summary>
    /// <exception cref="InvalidOperationException">At this level the output does not determine the estimate (epsilon at alpha = 0, say).</exception>
    public Tensor ToOutput(Tensor denoised, Tensor state, NoiseLevel level)
    {
        Preconditioning c = At(level);
        if (c.Output == 0 || !double.IsFinite(c.Output))
            throw new InvalidOperationException($"{GetType().Name} has no finite inverse at alpha = {level.Alpha}, sigma = {level.Sigma}.");
        return c.Skip == 0 ? denoised / c.Output : (denoised - state * c.Skip) / c.Output;
    }
}
