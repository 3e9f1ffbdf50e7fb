namespace Levare.Pipelines;

/// <summary>Published models whose shape a <see cref="RandomModel"/> can have.</summary>
public enum RandomModelKind
{
    /// <summary>Stable Diffusion 1.5: 1.07 billion parameters.</summary>
    StableDiffusion15,

    /// <summary>Stable Diffusion 2.1: 1.29 billion.</summary>
    StableDiffusion21,

    /// <summary>Stable Diffusion XL: 3.47 billion.</summary>
    StableDiffusionXl,
}
