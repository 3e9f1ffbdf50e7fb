using System.Collections.Immutable;
using Levare.Networks.Autoencoders;
using Levare.Weights;

namespace Levare.Pipelines.Budgets;

/// <summary>A model's budget, and those of its parts that come and go. Immutable and thread-safe.</summary>
/// <param name="Budget">The budget.</param>
/// <param name="Parts">All that come and go.</param>
/// <param name="Autoencoder">The autoencoder.</param>
internal sealed record ModelMemory(MemoryBudget Budget, ResidentParts Parts, Autoencoder Autoencoder)
{
    /// <summary>The network's weights; none where they stay.</summary>
    public ImmutableArray<ResidentWeights> Network { get; init; } = [];

    /// <summary>The weights of what reads words; none where they stay.</summary>
    public ImmutableArray<ResidentWeights> Encoders { get; init; } = [];

    /// <summary>How a run keeps within the budget.</summary>
    /// <param name="rows">Rows of an evaluation.</param>
    /// <param name="together">How many of them cannot be parted.</param>
    /// <param name="size">The pictures' size.</param>
    /// <exception cref="RequestException">It cannot; the message names the least that would do.</exception>
    public MemoryPlan Plan(int rows, int together, ImageSize size) => Budget.Plan(rows, together, size, Autoencoder);

    /// <summary>Keeps the network's weights in memory until the result is disposed.</summary>
    public IDisposable UseNetwork(Company company) => Parts.Use(company, Network);

    /// <summary>Keeps the weights of what reads words in memory until the result is disposed.</summary>
    public IDisposable UseEncoders(Company company) => Parts.Use(company, Encoders);

    /// <summary>Keeps all that adapters may change in memory until the result is disposed.</summary>
    public IDisposable UseAdaptable() => Parts.Use(Company.Stays, [.. Network, .. Encoders]);
}
