using Levare.Conditioning;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>What a model is told where it is told nothing: the condition that classifier-free guidance steers away from.</summary>
public interface INullCondition
{
    /// <summary>The condition with some rows replaced by the null condition.</summary>
    /// <param name="condition">[batch, ...] each; its tensors stay the caller's.</param>
    /// <param name="rows">[batch], bool: true where the condition is dropped.</param>
    Condition Replace(Condition condition, Tensor rows);
}

/// <summary>A null condition of fixed tensors: one row for each name, put in place of the dropped rows. Names that are not listed stay.</summary>
/// <param name="rows">By name: the null value of one example, without the batch dimension (or one that broadcasts to it).</param>
public sealed class FixedNullCondition(IReadOnlyDictionary<string, Tensor> rows) : INullCondition
{
    /// <inheritdoc/>
    public Condition Replace(Condition condition, Tensor dropped) => condition.Map((name, tensor) =>
    {
        if (!rows.TryGetValue(name, out Tensor? row)) return tensor;
        long[] shape = [.. Enumerable.Range(0, (int)tensor.dim()).Select(i => i == 0 ? tensor.shape[0] : 1)];
        return where(dropped.view(shape), row.to(tensor.dtype), tensor);
    });
}
