using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Conditioning.Prompts;
using Levare.Grids;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Tasks;
using Levare.Solvers;

namespace Levare.Pipelines;

/// <summary>Pictures that are made together: all that <see cref="ImagePipeline"/> needs to know but for the noise.</summary>
internal sealed record ImageBatch
{
    /// <summary>The prompts.</summary>
    public required ImmutableArray<ImagePrompt> Prompts { get; init; }

    /// <summary>How the prompts are read.</summary>
    public PromptSyntax Syntax { get; init; }

    /// <summary>Pictures for each prompt: rows are a a b b.</summary>
    public int ImagesPerPrompt { get; init; } = 1;

    /// <summary>The number of pictures.</summary>
    public int Count => Prompts.Length * ImagesPerPrompt;

    /// <summary>What is made.</summary>
    public ImageTask Task { get; init; } = new TextToImage();

    /// <summary>What else steers the run: control pictures, adapters.</summary>
    public ImmutableArray<ImageControl> Controls { get; init; } = [];

    /// <summary>The size in pixels; the task's or model's when null.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>What the scheduler is asked for.</summary>
    public required ScheduleRequest Schedule { get; init; }

    /// <summary>A solver in the place of the scheduler's.</summary>
    public SolverEntry? Solver { get; init; }

    /// <summary>A grid in the place of the scheduler's.</summary>
    public GridEntry? Grid { get; init; }

    /// <summary>How the network's estimates are guided.</summary>
    public required ImageGuidance Guidance { get; init; }

    /// <summary>How many of the text encoder's last layers are left out for the positive prompt.</summary>
    public int? ClipSkip { get; init; }

    /// <summary>What the model is told of the picture's place, where it knows of it.</summary>
    public MicroConditioning Micro { get; init; } = new();

    /// <summary>The share of the way to go, noise being left; all of it when null.</summary>
    public double? Until { get; init; }

    /// <summary>Which rows draw where a picture that all of them share is encoded or noised.</summary>
    public PictureDraws PictureDraws { get; init; }

    /// <summary>The share of the starting noise that is drawn; all of it when null.</summary>
    public double? Temperature { get; init; }

    /// <summary>Standard normal noise to start from in place of the first draw, in the state's shape.</summary>
    public Latents? InitialLatents { get; init; }
}

/// <summary>Which rows of a batch draw for a picture that they share, where each has a source of noise of its own.</summary>
internal enum PictureDraws
{
    /// <summary>Each for itself, so that it is what it is alone.</summary>
    ForEachRow,

    /// <summary>The first for all, as some of diffusers' pipelines do with a list of generators.</summary>
    ByTheFirst,
}
