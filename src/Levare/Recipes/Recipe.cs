using System.Collections.Immutable;
using Levare.Data;
using Levare.Training;

namespace Levare.Recipes;

/// <summary>All that decides a training run but the data's place: one readable file. Immutable.</summary>
/// <remarks>What a file leaves out has the values below. See <see cref="RecipeJson"/> for the file's form.</remarks>
public sealed record Recipe
{
    /// <summary>What it is called.</summary>
    public required string Name { get; init; }

    /// <summary>How pictures are prepared and what the network is told of them.</summary>
    public required DataRecipe Data { get; init; }

    /// <summary>The network.</summary>
    public required NetworkRecipe Network { get; init; }

    /// <summary>Path, parameterisation, levels and loss weight.</summary>
    public DiffusionRecipe Diffusion { get; init; } = new EdmDiffusion();

    /// <summary>Pictures a batch.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Batches whose gradients are averaged for one step.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>Pictures that the whole run sees.</summary>
    public long Images { get; init; } = 1_000_000;

    /// <summary>How parameters are changed.</summary>
    public OptimiserRule Optimiser { get; init; } = new AdamW();

    /// <summary>The highest learning rate.</summary>
    public double LearningRate { get; init; } = 4e-4;

    /// <summary>The learning rate over the run.</summary>
    public ScheduleRecipe Schedule { get; init; } = new();

    /// <summary>The largest norm of all gradients together.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>The running averages of the weights; the first is the model.</summary>
    public ImmutableArray<WeightAverage> Averages { get; init; } = [new PowerAverage(6.94)];

    /// <summary>What the network computes in.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>The share of examples that lose their condition, so that guidance has something to steer away from. 0..1.</summary>
    public double ConditionDropout { get; init; } = 0.1;

    /// <summary>Pictures between checkpoints.</summary>
    public long CheckpointEvery { get; init; } = 50_000;

    /// <summary>Samples on the way, and what the finished model does where nothing else is asked.</summary>
    public SamplingRecipe Sampling { get; init; } = new();

    /// <summary>Decides the first weights, the order of the data and every draw.</summary>
    public long Seed { get; init; }

    /// <summary>Optimiser steps of the whole run.</summary>
    public long Steps => Math.Max(1, Images / ((long)Batch * Accumulation));

    /// <summary>The settings of the trainer.</summary>
    public TrainingSettings ToSettings()
    {
        long step = (long)Batch * Accumulation;
        return new()
        {
            Steps = Steps,
            Seed = Seed,
            Levels = Diffusion.Levels,
            Weight = Diffusion.LossWeight,
            Optimiser = Optimiser,
            LearningRate = LearningRate,
            Schedule = Schedule.Over(Steps),
            ClipNorm = ClipNorm,
            Accumulation = Accumulation,
            Averages = Averages,
            Precision = Precision,
            ConditionDropout = Data.Condition == ImageConditionKind.None ? 0 : ConditionDropout,
            CheckpointEvery = Math.Max(1, CheckpointEvery / step),
            PreviewEvery = Sampling.Every == 0 ? 0 : Math.Max(1, Sampling.Every / step),
        };
    }

    /// <summary>Refuses what cannot be meant.</summary>
    /// <exception cref="InvalidDataException">A value is out of range or does not fit another: the message names it.</exception>
    public void Validate()
    {
        string? wrong = this switch
        {
            { Batch: < 1 } => $"batch is {Batch}, and must be 1 or more",
            { Accumulation: < 1 } => $"accumulation is {Accumulation}, and must be 1 or more",
            { Images: < 1 } => $"images is {Images}, and must be 1 or more",
            { LearningRate: not > 0 } => $"learning_rate is {LearningRate}, and must be above 0",
            { ClipNorm: not > 0 } => $"clip_norm is {ClipNorm}, and must be above 0",
            { ConditionDropout: not (>= 0 and < 1) } => $"condition_dropout is {ConditionDropout}, and must be within 0..1",
            { Averages.IsDefaultOrEmpty: true } => "averages is empty, and the first average is the model",
            { CheckpointEvery: < 1 } => $"checkpoint_every is {CheckpointEvery}, and must be 1 or more",
            _ => Data.Problem() ?? Network.Problem(Data.Size) ?? Sampling.Problem() ?? Schedule.Problem(),
        };
        if (wrong is not null) throw new InvalidDataException($"Recipe '{Name}': {wrong}.");
    }
}

/// <summary>What the network is told of a picture.</summary>
public enum ImageConditionKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its class.</summary>
    Class,
}

/// <summary>How pictures are prepared.</summary>
public sealed record DataRecipe
{
    /// <summary>Pixels a side.</summary>
    public required int Size { get; init; }

    /// <summary>1 (grey) or 3 (RGB).</summary>
    public int Channels { get; init; } = 3;

    /// <summary>How pictures of other sizes are brought to the square.</summary>
    public ImageFit Fit { get; init; } = ImageFit.Crop;

    /// <summary>The grey value behind transparent pictures.</summary>
    public byte Background { get; init; } = 255;

    /// <summary>How a picture varies from sight to sight.</summary>
    public Augmentation Augmentation { get; init; } = Augmentation.None;

    /// <summary>What the network is told.</summary>
    public ImageConditionKind Condition { get; init; }

    /// <summary>The classes' names by label, where the data has none of its own.</summary>
    public ImmutableArray<string> Classes { get; init; } = [];

    /// <summary>The share of the pictures that is set aside for evaluation where the data has no part for it. 0..0.5.</summary>
    public double HeldOut { get; init; } = 0.05;

    /// <summary>The share of broken pictures above which the run does not start. 0..1.</summary>
    public double TolerableShare { get; init; } = 0.05;

    internal string? Problem() => this switch
    {
        { Size: < 4 or > 4096 } => $"data.size is {Size}, and must be 4 to 4096",
        { Channels: not (1 or 3) } => $"data.channels is {Channels}, and must be 1 or 3",
        { HeldOut: not (>= 0 and <= 0.5) } => $"data.held_out is {HeldOut}, and must be within 0..0.5",
        { TolerableShare: not (>= 0 and <= 1) } => $"data.tolerable_share is {TolerableShare}, and must be within 0..1",
        { Augmentation.Crop: not (>= 0 and <= 0.5) } => $"data.augmentation.crop is {Augmentation.Crop}, and must be within 0..0.5",
        { Augmentation.Colour: not (>= 0 and <= 1) } => $"data.augmentation.colour is {Augmentation.Colour}, and must be within 0..1",
        _ => null,
    };
}

/// <summary>The learning rate over a run.</summary>
/// <param name="Kind">Its form after the warm-up.</param>
/// <param name="WarmUp">Steps of linear growth at the start.</param>
/// <param name="Reference">For the inverse square root: the step from which on the rate falls.</param>
public sealed record ScheduleRecipe(ScheduleKind Kind = ScheduleKind.Cosine, long WarmUp = 200, long Reference = 5000)
{
    /// <summary>The schedule of a run of so many steps.</summary>
    public LearningRateSchedule Over(long steps)
    {
        LearningRateSchedule schedule = Kind switch
        {
            ScheduleKind.Constant => new ConstantRate(),
            ScheduleKind.Linear => new LinearDecay(steps),
            ScheduleKind.InverseSquareRoot => new InverseSquareRoot(Reference),
            _ => new CosineDecay(steps),
        };
        return schedule with { WarmUp = WarmUp };
    }

    internal string? Problem() => this switch
    {
        { WarmUp: < 0 } => $"schedule.warm_up is {WarmUp}, and cannot be negative",
        { Reference: < 1 } => $"schedule.reference is {Reference}, and must be 1 or more",
        _ => null,
    };
}

/// <summary>The form of a learning rate's course.</summary>
public enum ScheduleKind
{
    /// <summary>Half a cosine down to 0 at the end of the run.</summary>
    Cosine,

    /// <summary>A straight fall to 0 at the end of the run.</summary>
    Linear,

    /// <summary>The peak throughout.</summary>
    Constant,

    /// <summary>Falling with the square root of the steps: for runs whose length is not known beforehand.</summary>
    InverseSquareRoot,
}

/// <summary>Samples of a run, and the defaults of its model.</summary>
/// <param name="Every">Pictures between sheets of samples; 0 for none on the way.</param>
/// <param name="Count">Samples a sheet.</param>
/// <param name="Steps">Solver steps.</param>
/// <param name="Guidance">The scale of classifier-free guidance; 1 is none.</param>
public sealed record SamplingRecipe(long Every = 50_000, int Count = 40, int Steps = 18, double Guidance = 1)
{
    internal string? Problem() => this switch
    {
        { Every: < 0 } => $"sampling.every is {Every}, and cannot be negative",
        { Count: < 1 or > 1024 } => $"sampling.count is {Count}, and must be 1 to 1024",
        { Steps: < 1 } => $"sampling.steps is {Steps}, and must be 1 or more",
        { Guidance: not (>= 0 and < 1000) } => $"sampling.guidance is {Guidance}, and must be 0 or more",
        _ => null,
    };
}
