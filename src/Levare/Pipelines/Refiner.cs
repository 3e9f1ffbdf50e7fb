namespace Levare.Pipelines;

/// <summary>A second model for the last part of the way, made for details (SDXL's refiner; Podell et al. 2023, section 2.5).</summary>
/// <remarks>
/// It takes the same prompt, seed, steps, guidance and sampler, and goes on from the first model's latents, so both need the same autoencoder. What
/// steers the first model (<see cref="ImageRequest.Controls"/>) was not made for it, and ends with the first model's part.
/// </remarks>
/// <param name="Model">The model, which stays its owner's and must outlive the run.</param>
/// <param name="SwitchAt">The share of the way that the first model takes, above 0 and below 1.</param>
public sealed record Refiner(ImageModel Model, double SwitchAt = 0.8);
