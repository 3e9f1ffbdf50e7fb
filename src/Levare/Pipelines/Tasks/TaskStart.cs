using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>What a part of a request (its task, a control) adds to a run. Tensors that must outlive the preparation go through <see cref="TaskContext.Keep"/>.</summary>
internal record RunPart
{
    /// <summary>What the network is told beside the words, a row for each picture.</summary>
    public Condition Condition { get; init; } = Condition.None;

    /// <summary>What it is told in the negative rows of guidance; the same when null.</summary>
    public Condition? NegativeCondition { get; init; }

    /// <summary>Wraps the network's denoiser, inside of guidance.</summary>
    public Func<IDenoiser, IDenoiser> Denoiser { get; init; } = denoiser => denoiser;

    /// <summary>Wraps the solver: what is done after each step.</summary>
    public Func<ISolver, ISolver> Solver { get; init; } = solver => solver;
}

/// <summary>What a run of a task starts from.</summary>
/// <param name="State">The state at the first level, [batch, channels, height, width].</param>
internal sealed record TaskStart(Tensor State) : RunPart
{
    /// <summary>Turns the decoded picture of a row into the finished one.</summary>
    public Func<RawImage, int, RawImage> Finish { get; init; } = (picture, _) => picture;
}
