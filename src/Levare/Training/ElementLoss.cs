using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>What one element's error costs, before weighting. Immutable and thread-safe.</summary>
public abstract record ElementLoss
{
    /// <summary>The cost of each element of a difference, in its shape.</summary>
    public abstract Tensor Of(Tensor difference);
}

/// <summary>The squared error.</summary>
public sealed record SquaredError : ElementLoss
{
    /// <inheritdoc/>
    public override Tensor Of(Tensor difference) => difference.square();
}

/// <summary>sqrt(d^2 + c^2) - c, times a factor: squared for small errors, absolute for large ones (Song and Dhariwal 2023).</summary>
/// <param name="C">Where the one turns into the other, above 0.</param>
/// <param name="Factor">2 C makes small errors cost d^2 (the "huber" of diffusers' scripts); 2 is their "smooth_l1".</param>
public sealed record PseudoHuberError(double C = 0.03, double Factor = 1) : ElementLoss
{
    /// <inheritdoc/>
    public override Tensor Of(Tensor difference) => ((difference.square() + C * C).sqrt() - C) * Factor;
}
