using System.Collections.Immutable;
using Levare.Evaluation;

namespace Levare.Recipes;

/// <summary>How far a set of pictures is from the held-out ones, in the features of the report's extractor.</summary>
/// <param name="Frechet">See <see cref="FrechetDistance"/>.</param>
/// <param name="Kernel">The mean of KID over subsets.</param>
/// <param name="KernelDeviation">Its standard deviation over subsets.</param>
/// <param name="Precision">See <see cref="Manifold"/>.</param>
/// <param name="Recall">See <see cref="Manifold"/>.</param>
/// <param name="Density">See <see cref="Manifold"/>.</param>
/// <param name="Coverage">See <see cref="Manifold"/>.</param>
/// <param name="Agreement">The share that a classifier takes for the class it was asked to be; null without one.</param>
public sealed record SetDistance(
    double Frechet, double Kernel, double KernelDeviation, double Precision, double Recall, double Density, double Coverage, double? Agreement);

/// <summary>Whether samples repeat what was trained on: distances to the nearest training picture.</summary>
/// <param name="SampleMedian">The median over samples.</param>
/// <param name="HeldOutMedian">The median over held-out pictures, which the model has not seen.</param>
/// <param name="CloserThanHeldOut">The share of samples nearer to a training picture than 99 % of the held-out ones are: 1 % or so without repetition.</param>
public sealed record Memorisation(double SampleMedian, double HeldOutMedian, double CloserThanHeldOut);

/// <summary>The evaluation of a run.</summary>
public sealed record RunReport
{
    /// <summary>The recipe's name.</summary>
    public required string Recipe { get; init; }

    /// <summary>Pictures seen by the evaluated weights.</summary>
    public required long Images { get; init; }

    /// <summary>Numbers that the network learned.</summary>
    public required long Parameters { get; init; }

    /// <summary>What the distances are measured in.</summary>
    public required string Extractor { get; init; }

    /// <summary>The share of held-out pictures that the extractor's classifier gets right; null without a classifier.</summary>
    public required double? ExtractorAccuracy { get; init; }

    /// <summary>Pictures on each side of a distance.</summary>
    public required int Count { get; init; }

    /// <summary>Solver steps of the samples.</summary>
    public required int Steps { get; init; }

    /// <summary>The scale of classifier-free guidance of the samples.</summary>
    public required double Guidance { get; init; }

    /// <summary>The noise of the samples.</summary>
    public required long Seed { get; init; }

    /// <summary>The model's samples against held-out pictures.</summary>
    public required SetDistance Model { get; init; }

    /// <summary>Training pictures against held-out ones: no model can be expected to be nearer.</summary>
    public required SetDistance Floor { get; init; }

    /// <summary>A Gaussian in pixels for each class against held-out pictures.</summary>
    public required SetDistance Baseline { get; init; }

    /// <summary>The loss by noise level on held-out pictures.</summary>
    public required ImmutableArray<LevelLoss> HeldOutLoss { get; init; }

    /// <summary>The loss by noise level on training pictures, with the same noise.</summary>
    public required ImmutableArray<LevelLoss> TrainLoss { get; init; }

    /// <summary>Nearest neighbours in the training set.</summary>
    public required Memorisation Memorisation { get; init; }

    /// <summary>Seconds a sample took.</summary>
    public required double SecondsASample { get; init; }
}
