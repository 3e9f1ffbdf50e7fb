using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>Turns states of any shape into the float64 matrices that oracles compute with, and back.</summary>
internal static class OracleState
{
    /// <summary>Variances below this are treated as this, so that levels without any noise stay finite.</summary>
    public const double SmallestVariance = 1e-200;

    /// <summary>The state as float64 [batch, dimensions].</summary>
    /// <exception cref="ArgumentException">A row has another number of elements.</exception>
    public static Tensor Flatten(Tensor state, long dimensions)
    {
        if (state.ndim < 2 || state.numel() != state.shape[0] * dimensions)
            throw new ArgumentException(
                $"The oracle has {dimensions} dimensions: the state must be [batch, ...] with as many elements a row, not [{string.Join(", ", state.shape)}].",
                nameof(state));
        return state.reshape(state.shape[0], dimensions).to(ScalarType.Float64);
    }

    /// <summary>A float64 matrix in the shape and type of a state.</summary>
    public static Tensor Restore(Tensor matrix, Tensor state) => matrix.reshape(state.shape).to(state.dtype);

    /// <summary>A parameter as float64 that no caller can change.</summary>
    public static Tensor Copy(Tensor parameter) => parameter.detach().to(ScalarType.Float64, copy: true).DetachFromDisposeScope();

    /// <summary>Checks the shape of a parameter.</summary>
    public static void RequireShape(Tensor tensor, string name, params ReadOnlySpan<long> shape)
    {
        if (!tensor.shape.AsSpan().SequenceEqual(shape))
            throw new ArgumentException($"'{name}' must be [{string.Join(", ", shape.ToArray())}], not [{string.Join(", ", tensor.shape)}].", name);
    }
}
