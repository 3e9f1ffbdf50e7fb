namespace Levare.Pipelines;

/// <summary>One picture that is wanted. What is left out, the model decides. Immutable; the same request always gives the same bits.</summary>
/// <param name="Prompt">What it should show; a class's name or number for models that know classes; empty for models that know nothing.</param>
public sealed record ImageRequest(string Prompt = "")
{
    /// <summary>What it should not show.</summary>
    public string Negative { get; init; } = "";

    /// <summary>The start of all random draws.</summary>
    public long Seed { get; init; }

    /// <summary>The number of solver steps.</summary>
    public int? Steps { get; init; }

    /// <summary>The scale of classifier-free guidance; 1 is none.</summary>
    public double? Guidance { get; init; }

    /// <summary>The size in pixels.</summary>
    public ImageSize? Size { get; init; }

    /// <summary>The solver's name in <see cref="Solvers.SolverCatalog"/>.</summary>
    public string? Sampler { get; init; }

    /// <summary>The time grid's name in <see cref="Grids.GridCatalog"/>.</summary>
    public string? Grid { get; init; }

    /// <summary>Standard normal noise to start from in place of the seed's first draw, [1, channels, height, width].</summary>
    public Latents? InitialLatents { get; init; }

    /// <summary>This request with the seeds seed, seed + 1, ...: each picture equals what it is alone.</summary>
    public IEnumerable<ImageRequest> Repeat(int count) => Enumerable.Range(0, count).Select(i => this with { Seed = Seed + i });
}
