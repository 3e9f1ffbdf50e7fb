namespace Levare.Parameterisations;

/// <summary>How a network F is wrapped at one noise level: <c>x0 = Skip * x + Output * F(Input * x, Noise)</c> (Karras et al. 2022, eq. 7).</summary>
/// <param name="Input">c_in: the state is multiplied by it before the network sees it.</param>
/// <param name="Skip">c_skip: the share of the state that goes straight to the estimate.</param>
/// <param name="Output">c_out: the factor of the network's output.</param>
/// <param name="Noise">c_noise: what the network is told of the level.</param>
public readonly record struct Preconditioning(double Input, double Skip, double Output, double Noise);
