namespace Levare.Weights;

/// <summary>The kinds of model that a single file can hold.</summary>
internal enum CheckpointFamily
{
    /// <summary>Stable Diffusion 1: CLIP ViT-L, convolutions around attention.</summary>
    StableDiffusion1,

    /// <summary>Stable Diffusion 2: OpenCLIP ViT-H, linear layers around attention.</summary>
    StableDiffusion2,

    /// <summary>Stable Diffusion XL: CLIP ViT-L and OpenCLIP ViT-bigG.</summary>
    StableDiffusionXl,

    /// <summary>The refiner of Stable Diffusion XL: OpenCLIP ViT-bigG alone.</summary>
    StableDiffusionXlRefiner,

    /// <summary>The x4 upscaler: Stable Diffusion 2 with a small picture beside the latent.</summary>
    Upscaler,

    /// <summary>A variational autoencoder alone.</summary>
    Autoencoder,
}
