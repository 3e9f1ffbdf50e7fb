using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>The samples of a set that are nearest to others: whether a model repeats what it was trained on.</summary>
/// <param name="Indices">For each query, the nearest samples' indices, the nearest first.</param>
/// <param name="Distances">Their Euclidean distances.</param>
public sealed record NearestNeighbours(ImmutableArray<ImmutableArray<int>> Indices, ImmutableArray<ImmutableArray<double>> Distances)
{
    private const int Chunk = 256;

    /// <summary>Searches all of a set, without approximation.</summary>
    /// <param name="queries">[queries, features].</param>
    /// <param name="set">[samples, features], at least <paramref name="count"/> samples.</param>
    /// <param name="count">Neighbours for each query.</param>
    public static NearestNeighbours Find(Tensor queries, Tensor set, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Features.Check(queries, set, atLeast: 1);
        if (set.shape[0] < count) throw new ArgumentException($"{count} neighbours are wanted of {set.shape[0]} samples.", nameof(count));
        ImmutableArray<ImmutableArray<int>>.Builder indices = ImmutableArray.CreateBuilder<ImmutableArray<int>>();
        ImmutableArray<ImmutableArray<double>>.Builder distances = ImmutableArray.CreateBuilder<ImmutableArray<double>>();
        using var noGradient = no_grad();
        for (long first = 0; first < queries.shape[0]; first += Chunk)
        {
            using DisposeScope scope = NewDisposeScope();
            long rows = Math.Min(Chunk, queries.shape[0] - first);
            // Candidates by products, which are fast and lose digits; then the distances of those in full.
            Tensor part = queries.narrow(0, first, rows);
            Tensor approximate = set.square().sum(1).unsqueeze(0) - 2 * part.mm(set.t());
            int wide = (int)Math.Min(set.shape[0], count + 8);
            Tensor candidates = approximate.topk(wide, 1, largest: false).indexes;
            Tensor exact = (set.index_select(0, candidates.flatten()).view(rows, wide, -1) - part.unsqueeze(1)).to(ScalarType.Float64).square().sum(2).sqrt();
            (Tensor values, Tensor order) = exact.topk(count, 1, largest: false, sorted: true);
            Tensor chosen = candidates.gather(1, order);
            for (long row = 0; row < rows; row++)
            {
                indices.Add([.. chosen[row].data<long>().ToArray().Select(i => (int)i)]);
                distances.Add([.. values[row].data<double>().ToArray()]);
            }
        }
        return new(indices.ToImmutable(), distances.ToImmutable());
    }
}
