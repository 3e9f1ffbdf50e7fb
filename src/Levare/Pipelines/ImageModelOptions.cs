using Levare.Runtime;

namespace Levare.Pipelines;

/// <summary>Where and how a model computes.</summary>
public sealed record ImageModelOptions
{
    /// <summary>A name that <see cref="ComputeDevice.Parse"/> knows.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>A name that <see cref="ComputeDevice.ParseType"/> knows; null for what the model prefers.</summary>
    public string? Dtype { get; init; }

    /// <summary>What recipes call the model, OWNER/NAME of the hub say; its folder's path when null.</summary>
    public string? Source { get; init; }

    /// <summary>For a model that is a single file: a model folder whose configurations, tokenisers and scheduler hold; those of the published models when null.</summary>
    public string? Configuration { get; init; }

    /// <summary>An autoencoder in the place of the model's: a folder with config.json, a model's folder whose vae/ is taken, or one file of weights, which has the scale and settings of the model's own; null for the model's.</summary>
    /// <remarks>It must belong to the model's kind of latents: one for Stable Diffusion XL gives colours of no meaning with Stable Diffusion 1.</remarks>
    public string? Vae { get; init; }

    /// <summary>What is done with the safety checker that the model may have.</summary>
    public SafetyCheck Safety { get; init; }

    /// <summary>Which of several files of weights is read, "fp16" say; null for the plain one, or the only one.</summary>
    public string? Variant { get; init; }

    /// <summary>How much memory the process may take for the model and one request at a time; null for any. It holds for latent models: those of pixels are small.</summary>
    /// <remarks>
    /// Where it is short, parts leave the memory while others work, and come back when they are used again; rows of a batch go through the network one after the other;
    /// and at last pictures are decoded in tiles, which the recipe then says (<see cref="ImageRecipe.Tiled"/>). What cannot be done within it is refused beforehand, with
    /// the least that would do. Requests at the same time, adapters, and networks that steer need their memory beside.
    /// </remarks>
    public MemorySize? MaxMemory { get; init; }
}
