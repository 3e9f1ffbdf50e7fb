namespace Levare.Networks.Blocks;

/// <summary>How a residual block takes in the time embedding.</summary>
public enum TimeModulation
{
    /// <summary>Its projection is added between the convolutions.</summary>
    Shift,

    /// <summary>Its projection gives a scale and a shift that follow the second norm (adaptive group norm).</summary>
    ScaleShift,
}

/// <summary>Whether a residual block changes the resolution on its way.</summary>
public enum Resampling
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>It doubles it by repeating pixels.</summary>
    Up,

    /// <summary>It halves it by averaging.</summary>
    Down,

    /// <summary>It doubles it with the filter of <see cref="FirResampling"/>.</summary>
    FirUp,

    /// <summary>It halves it with the filter of <see cref="FirResampling"/>.</summary>
    FirDown,
}

/// <summary>What the residual blocks of a network have in common. Immutable.</summary>
internal sealed record ResnetSettings
{
    /// <summary>Channels of the time embedding; null where a block gets none.</summary>
    public int? TimeChannels { get; init; }

    /// <summary>Groups of the first norm.</summary>
    public int Groups { get; init; } = 32;

    /// <summary>Groups of the second norm; those of the first when null.</summary>
    public int? GroupsOut { get; init; }

    /// <summary>Added to variances.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>The share of activations that is dropped before the last convolution while training, 0..1.</summary>
    public double Dropout { get; init; }

    /// <summary>The non-linearity.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>How time comes in.</summary>
    public TimeModulation Modulation { get; init; } = TimeModulation.Shift;

    /// <summary>The sum of both branches is divided by it; sqrt(2) keeps the variance.</summary>
    public double OutputScale { get; init; } = 1;

    /// <summary>Whether both branches change resolution.</summary>
    public Resampling Resampling { get; init; } = Resampling.None;

    /// <summary>Whether the shortcut has a 1x1 convolution; null: where channels change.</summary>
    public bool? ProjectsShortcut { get; init; }
}
