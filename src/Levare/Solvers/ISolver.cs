using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>Integrates the reverse process by pure steps. Immutable and thread-safe: all that a run remembers is in the memory it hands on.</summary>
public interface ISolver
{
    /// <summary>One step of a run.</summary>
    /// <param name="step">Where the run is and what it may ask.</param>
    /// <param name="memory">What this solver's last step returned, null at the first.</param>
    SolverResult Step(SolverStep step, SolverMemory? memory);
}

/// <summary>One step to take: from level <see cref="Now"/> of the grid to <see cref="Next"/>.</summary>
/// <param name="Grid">All levels of the run.</param>
/// <param name="Index">The step's index, 0 at the noisiest.</param>
/// <param name="State">The noisy state at <see cref="Now"/>, [batch, ...].</param>
/// <param name="Denoise">The denoiser, guidance and condition included; a call is one evaluation.</param>
/// <param name="Noise">Random draws of this run, in order.</param>
public sealed record SolverStep(TimeGrid Grid, int Index, Tensor State, Func<Tensor, NoiseLevel, Estimate> Denoise, INoiseSource Noise)
{
    /// <summary>The level of the state.</summary>
    public NoiseLevel Now => Grid[Index];

    /// <summary>The level to reach.</summary>
    public NoiseLevel Next => Grid[Index + 1];

    /// <summary>The same step between two other levels.</summary>
    public SolverStep Between(NoiseLevel now, NoiseLevel next) => this with { Grid = Grid.WithStep(Index, now, next) };

    /// <summary>Whether no step follows.</summary>
    public bool IsLast => Index == Grid.Steps - 1;
}

/// <summary>What a step gives.</summary>
/// <param name="State">The state at the next level.</param>
/// <param name="Denoised">The estimate of the clean data that the step used, for previews.</param>
/// <param name="Memory">What the next step needs to know.</param>
public readonly record struct SolverResult(Tensor State, Tensor Denoised, SolverMemory? Memory = null);

/// <summary>What a multistep solver remembers; each solver has a record of its own. The sampler owns its tensors.</summary>
public abstract record SolverMemory
{
    /// <summary>The tensors that must outlive the step.</summary>
    public abstract IEnumerable<Tensor> Tensors { get; }
}

/// <summary>Seeded random draws, in a stated order; one source belongs to one run.</summary>
public interface INoiseSource
{
    /// <summary>The batch that every draw must have, where each of its rows has a source of its own; null where any shape will do.</summary>
    long? Rows => null;

    /// <summary>The source of the first row, which draws for that row alone; this one where rows have no sources of their own.</summary>
    INoiseSource First => this;

    /// <summary>The next standard normal draw of a shape.</summary>
    Tensor Draw(params long[] shape);

    /// <summary>The noise of a step between two levels, scaled to unit variance: independent of all others, unless the source knows better.</summary>
    /// <remarks>Solvers whose steps overlap need a source that does: <see cref="BrownianTree"/>.</remarks>
    Tensor Draw(NoiseLevel from, NoiseLevel to, params long[] shape) => Draw(shape);
}
