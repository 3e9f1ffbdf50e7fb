using System.Collections.Immutable;

namespace Levare.Training;

/// <summary>How a network is trained. Immutable; two runs with the same settings, network and batches give the same weights.</summary>
public sealed record TrainingSettings
{
    /// <summary>Optimiser steps until the run is complete.</summary>
    public required long Steps { get; init; }

    /// <summary>Decides every draw of the run: levels, noise, condition drop-out.</summary>
    public long Seed { get; init; }

    /// <summary>How often each noise level is trained.</summary>
    public LevelDistribution Levels { get; init; } = new UniformLevels();

    /// <summary>How much the error at each level counts.</summary>
    public LossWeight Weight { get; init; } = new SimpleWeight();

    /// <summary>What one element's error costs.</summary>
    public ElementLoss Error { get; init; } = new SquaredError();

    /// <summary>Weighs levels by a learned uncertainty besides; null for none.</summary>
    public LearnedUncertainty? Uncertainty { get; init; }

    /// <summary>How the levels of one batch lie to each other.</summary>
    public LevelSpread Spread { get; init; }

    /// <summary>How parameters are changed.</summary>
    public OptimiserRule Optimiser { get; init; } = new AdamW();

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 1e-4;

    /// <summary>The learning rate over the run.</summary>
    public LearningRateSchedule Schedule { get; init; } = new ConstantRate();

    /// <summary>The largest norm of all gradients together; infinity for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Batches whose gradients are averaged for one step.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>The running averages of the weights that are kept.</summary>
    public ImmutableArray<WeightAverage> Averages { get; init; } = [new WarmUpAverage()];

    /// <summary>What the network computes in.</summary>
    public Precision Precision { get; init; }

    /// <summary>The share of examples that lose their condition, 0..1; above 0 the trainer needs a null condition.</summary>
    public double ConditionDropout { get; init; }

    /// <summary>Steps between checkpoints; the last step and a cancellation write one too.</summary>
    public long CheckpointEvery { get; init; } = 1000;

    /// <summary>How many checkpoints are kept.</summary>
    public int CheckpointsKept { get; init; } = 2;

    /// <summary>Steps between previews for the listeners; 0 for none.</summary>
    public long PreviewEvery { get; init; }

    /// <summary>Refuses settings that cannot be meant.</summary>
    /// <exception cref="ArgumentException">One is out of range: the message says which.</exception>
    internal static void Validate(TrainingSettings settings)
    {
        string? wrong = settings switch
        {
            { Steps: < 0 } => $"{nameof(Steps)} is {settings.Steps}, and cannot be negative",
            { Accumulation: < 1 } => $"{nameof(Accumulation)} is {settings.Accumulation}, and must be 1 or more",
            { CheckpointEvery: < 1 } => $"{nameof(CheckpointEvery)} is {settings.CheckpointEvery}, and must be 1 or more",
            { CheckpointsKept: < 1 } => $"{nameof(CheckpointsKept)} is {settings.CheckpointsKept}, and must be 1 or more",
            { PreviewEvery: < 0 } => $"{nameof(PreviewEvery)} is {settings.PreviewEvery}, and cannot be negative",
            { LearningRate: not > 0 } => $"{nameof(LearningRate)} is {settings.LearningRate}, and must be above 0",
            { ClipNorm: not > 0 } => $"{nameof(ClipNorm)} is {settings.ClipNorm}, and must be above 0 (infinity for no limit)",
            { ConditionDropout: not (>= 0 and <= 1) } => $"{nameof(ConditionDropout)} is {settings.ConditionDropout}, and must be within 0..1",
            { Levels: ShiftedLevels { Base: ImportanceLevels } } =>
                $"{nameof(ImportanceLevels)} inside {nameof(ShiftedLevels)} would never learn: put the shift inside",
            _ when settings.Averages.GroupBy(a => a.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Skip(1).Any()) is { } same =>
                $"two {nameof(Averages)} are named '{same.Key}'",
            _ => null,
        };
        if (wrong is not null) throw new ArgumentException($"Training settings: {wrong}.", nameof(settings));
    }
}

/// <summary>How the levels of one batch lie to each other.</summary>
public enum LevelSpread
{
    /// <summary>Each is a draw of its own.</summary>
    Independent,

    /// <summary>One draw in each of as many equal shares as the batch has examples: the same mean, less variance (Kingma et al. 2021, appendix I.1).</summary>
    Stratified,
}
