using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>How a tensor of a part follows from one of a single file.</summary>
internal enum TensorChange
{
    /// <summary>It is the same.</summary>
    None,

    /// <summary>A 1x1 convolution [n, m, 1, 1] as a matrix [n, m]; tensors of other ranks (biases) are the same.</summary>
    Matrix,

    /// <summary>Transposed.</summary>
    Transposed,

    /// <summary>The first third of the rows: queries of a fused projection.</summary>
    FirstThird,

    /// <summary>The second third of the rows: keys.</summary>
    SecondThird,

    /// <summary>The last third of the rows: values.</summary>
    LastThird,
}

/// <summary>What the changes do to shapes and tensors, there and back.</summary>
internal static class TensorChanges
{
    /// <summary>Which third of the rows a change takes, or null.</summary>
    public static int? Third(this TensorChange change) => change switch
    {
        TensorChange.FirstThird => 0,
        TensorChange.SecondThird => 1,
        TensorChange.LastThird => 2,
        _ => null,
    };

    /// <summary>The shape after the change.</summary>
    /// <exception cref="InvalidDataException">The tensor has no such shape that it could be changed.</exception>
    public static ImmutableArray<long> Shape(this TensorChange change, TensorEntry entry) => change switch
    {
        TensorChange.Matrix when entry.Shape is [var rows, var columns, 1, 1] => [rows, columns],
        TensorChange.Transposed => entry.Shape is [var rows, var columns] ? [columns, rows] : throw Unfit(entry, "a matrix"),
        TensorChange.FirstThird or TensorChange.SecondThird or TensorChange.LastThird =>
            entry.Shape is [var rows, ..] && rows % 3 == 0 ? entry.Shape.SetItem(0, rows / 3) : throw Unfit(entry, "queries, keys and values of one size"),
        _ => entry.Shape,
    };

    /// <summary>The changed tensor; shares the memory of its source but where it is transposed.</summary>
    public static Tensor Apply(this TensorChange change, Tensor source) => change switch
    {
        TensorChange.Matrix when source.dim() == 4 => source.view(source.shape[0], source.shape[1]),
        TensorChange.Transposed => Transposed(source),
        _ when change.Third() is { } third => source.narrow(0, third * (source.shape[0] / 3), source.shape[0] / 3),
        _ => source.alias(),
    };

    /// <summary>The source of changed tensors: one, or the three thirds in order.</summary>
    public static Tensor Undo(this TensorChange change, IReadOnlyList<Tensor> parts) => change switch
    {
        TensorChange.Matrix when parts[0].dim() == 2 => parts[0].view(parts[0].shape[0], parts[0].shape[1], 1, 1),
        TensorChange.Transposed => Transposed(parts[0]),
        _ when change.Third() is not null => cat([.. parts], 0),
        _ => parts[0].alias(),
    };

    private static Tensor Transposed(Tensor matrix)
    {
        using Tensor view = matrix.t();
        return view.contiguous();
    }

    private static InvalidDataException Unfit(TensorEntry entry, string expected) =>
        new($"'{entry.Name}' has the shape [{string.Join(", ", entry.Shape)}], where {expected} is expected");
}
