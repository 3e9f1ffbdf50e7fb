using static TorchSharp.torch;

namespace Levare.Networks;

/// <summary>
/// How a network that predicts the residual of a known mean m fits into EDM's frame: EDM's preconditioning (Karras et al. 2022, table 1) with the residual's
/// standard deviation, applied to x - m, and brought back to the F of the whole picture. A network that gives 0 is then the exact denoiser of a normal
/// distribution round the mean. All are [batch, 1, 1, 1].
/// </summary>
/// <param name="InputOfState">Of c_in x in the network's input.</param>
/// <param name="InputOfMean">Of m / sigma_data, to be taken from that.</param>
/// <param name="Mean">Of m / sigma_data in F.</param>
/// <param name="State">Of c_in x in F.</param>
/// <param name="Output">Of the network's output in F.</param>
internal readonly record struct ResidualScaling(Tensor InputOfState, Tensor InputOfMean, Tensor Mean, Tensor State, Tensor Output)
{
    /// <summary>sigma_data of EDM, the deviation of the whole picture.</summary>
    public const double Whole = 0.5;

    /// <summary>The deviation of what a good sketch leaves open.</summary>
    public const double Residual = 0.3;

    /// <summary>The factors at EDM's c_noise = ln(sigma) / 4, [batch].</summary>
    public static ResidualScaling At(Tensor time)
    {
        Tensor sigma = (time.to(ScalarType.Float32) * 4).exp().view(-1, 1, 1, 1);
        Tensor variance = sigma.square(), whole = variance + Whole * Whole, residual = variance + Residual * Residual;
        return new(
            (whole / residual).sqrt(),
            Whole / residual.sqrt(),
            sigma * whole.sqrt() / residual,
            sigma * ((Residual * Residual - Whole * Whole) / Whole) / residual,
            (whole / residual).sqrt() * (Residual / Whole));
    }
}
