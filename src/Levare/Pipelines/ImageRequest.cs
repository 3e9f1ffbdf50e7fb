using System.Collections.Immutable;
using Levare.Conditioning.Prompts;
using Levare.Pipelines.Tasks;

namespace Levare.Pipelines;

/// <summary>One picture that is wanted. What is left out, the model decides. Immutable; the same request always gives the same bits.</summary>
/// <param name="Prompt">What it should show; a class's name or number for models that know classes; empty for models that know nothing.</param>
public sealed record ImageRequest(string Prompt = "")
{
    /// <summary>What it should not show; null for no such words, which for some models is not the same as empty ones.</summary>
    public string? Negative { get; init; }

    /// <summary>Other words for the second text encoder, where the model has one; null for the same.</summary>
    public string? SecondPrompt { get; init; }

    /// <summary>Other negative words for the second text encoder, where the model has one; null for the same.</summary>
    public string? SecondNegative { get; init; }

    /// <summary>How the prompts are read: as they are, or with weights. For models of CLIP's text encoders.</summary>
    public PromptSyntax Syntax { get; init; }

    /// <summary>What is made of which picture; from words alone unless told otherwise.</summary>
    public ImageTask Task { get; init; } = new TextToImage();

    /// <summary>What else steers the run: control pictures, picture prompts.</summary>
    public ImmutableArray<ImageControl> Controls { get; init; } = [];

    /// <summary>The start of all random draws.</summary>
    public long Seed { get; init; }

    /// <summary>The number of solver steps.</summary>
    public int? Steps { get; init; }

    /// <summary>The scale of classifier-free guidance; 1 is none.</summary>
    public double? Guidance { get; init; }

    /// <summary>The share of a guided estimate whose contrast is brought back to that of the estimate without guidance, 0..1 (Lin et al. 2023).</summary>
    public double GuidanceRescale { get; init; }

    /// <summary>Guidance by disturbed attention, beside that by words; null for none.</summary>
    public AttentionGuidance? Attention { get; init; }

    /// <summary>How many of the text encoder's last layers are left out for the prompt; null for none beyond the model's habit.</summary>
    public int? ClipSkip { get; init; }

    /// <summary>The size in pixels.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>The solver's name in <see cref="Solvers.SolverCatalog"/>.</summary>
    public string? Sampler { get; init; }

    /// <summary>The time grid's name in <see cref="Grids.GridCatalog"/>.</summary>
    public string? Grid { get; init; }

    /// <summary>How much of a step's noise is new, for the scheduler classes that know it (DDIM, TCD); null for the class's own. Not with <see cref="Sampler"/>.</summary>
    public double? Eta { get; init; }

    /// <summary>Timesteps to visit, the noisiest first, in the place of a number of steps and of a <see cref="Grid"/>; empty to let the scheduler choose.</summary>
    public ImmutableArray<double> Timesteps { get; init; } = [];

    /// <summary>Sigmas to visit, in the form that the scheduler's class takes, in the place of a number of steps and of a <see cref="Grid"/>; empty to let it choose.</summary>
    public ImmutableArray<double> Sigmas { get; init; } = [];

    /// <summary>What SDXL is told of the picture beside words.</summary>
    public MicroConditioning Micro { get; init; } = new();

    /// <summary>A second model that takes the last part of the way.</summary>
    public Refiner? Refiner { get; init; }

    /// <summary>
    /// The share of the way to go, above 0 and below 1 (diffusers' denoising_end): noise is left in the result's latents, which <see cref="ContinueFrom"/>
    /// takes further, and its picture is a preview. All of it when null.
    /// </summary>
    public double? Until { get; init; }

    /// <summary>Standard normal noise to start from in place of the seed's first draw, [1, channels, height, width].</summary>
    public Latents? InitialLatents { get; init; }

    /// <summary>This request with the seeds seed, seed + 1, ...: each picture equals what it is alone.</summary>
    public IEnumerable<ImageRequest> Repeat(int count) => Enumerable.Range(0, count).Select(i => this with { Seed = Seed + i });
}
