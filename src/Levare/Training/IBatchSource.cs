using Levare.Conditioning;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>One batch: clean data and what the network is told beside it.</summary>
/// <param name="Data">[batch, ...], float32, clean.</param>
/// <param name="Condition">Its batch equals the data's.</param>
public sealed record TrainingBatch(Tensor Data, Condition Condition);

/// <summary>Gives training batches by number.</summary>
/// <remarks>The batch is a function of its number alone, so that a run that was interrupted needs no state of the data to go on exactly.</remarks>
public interface IBatchSource
{
    /// <summary>The batch of a number, from 0 on. Its tensors are new ones, which the caller disposes.</summary>
    TrainingBatch Read(long number);
}
