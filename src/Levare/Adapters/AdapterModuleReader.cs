using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>Puts the tensors of a module together: what kind it is, and whether they fit each other.</summary>
internal sealed class AdapterModuleReader(IWeights file, string name, IReadOnlyDictionary<AdapterRole, TensorEntry> tensors, AdapterAlphas alphas)
{
    private static readonly (AdapterRole Mark, AdapterKind Kind)[] Marks =
    [
        (AdapterRole.Down, AdapterKind.LowRank), (AdapterRole.Up, AdapterKind.LowRank), (AdapterRole.Mid, AdapterKind.LowRank),
        (AdapterRole.HadaW1A, AdapterKind.Hadamard), (AdapterRole.HadaW2A, AdapterKind.Hadamard),
        (AdapterRole.KronW1, AdapterKind.Kronecker), (AdapterRole.KronW1A, AdapterKind.Kronecker),
        (AdapterRole.KronW2, AdapterKind.Kronecker), (AdapterRole.KronW2A, AdapterKind.Kronecker),
        (AdapterRole.Difference, AdapterKind.Difference), (AdapterRole.BiasDifference, AdapterKind.Difference),
    ];

    private readonly HashSet<AdapterRole> _used = [];

    /// <summary>Reads the module.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, too many, or of a shape that does not fit the others.</exception>
    public AdapterModule Read()
    {
        try
        {
            AdapterModule module = ReadModule();
            foreach ((AdapterRole role, TensorEntry entry) in tensors)
                if (!_used.Contains(role)) throw Broken($"'{entry.Name}' has no place beside the others");
            return module;
        }
        catch (Exception e) when (e is OverflowException || (e is InvalidDataException && !e.Message.Contains(file.Path, StringComparison.Ordinal)))
        {
            throw Broken(e.Message);
        }
    }

    private AdapterModule ReadModule()
    {
        AdapterKind kind = Marks.Where(mark => tensors.ContainsKey(mark.Mark)).Select(mark => (AdapterKind?)mark.Kind).FirstOrDefault()
            ?? throw Broken($"'{tensors.Values.First().Name}' is there without the tensors that it belongs to");
        double? alpha = Find(AdapterRole.Alpha)?.Number() ?? alphas.Of(name)?.Alpha;
        (WeightDelta? delta, long? rank) = kind switch
        {
            AdapterKind.LowRank => LowRank(alpha),
            AdapterKind.Hadamard => Hadamard(alpha),
            AdapterKind.Kronecker => Kronecker(alpha),
            _ => (Find(AdapterRole.Difference) is { } difference ? new FullDelta(difference) : null, null),
        };
        if (delta is not null) delta = Decomposed(delta);
        return new(name, kind, rank, alpha, delta, Bias(alpha, rank));
    }

    private (WeightDelta, long?) LowRank(double? alpha)
    {
        AdapterTensor up = Need(AdapterRole.Up), down = Need(AdapterRole.Down);
        long rank = down.Shape.IsEmpty ? throw down.Broken("is neither a matrix nor a kernel") : down.Shape[0];
        return (new LowRankDelta(up, down, Find(AdapterRole.Mid), Scale(alpha, rank)), rank);
    }

    private (WeightDelta, long?) Hadamard(double? alpha)
    {
        FactorPair first = new(Need(AdapterRole.HadaW1A), Need(AdapterRole.HadaW1B), Find(AdapterRole.HadaT1));
        FactorPair second = new(Need(AdapterRole.HadaW2A), Need(AdapterRole.HadaW2B), Find(AdapterRole.HadaT2));
        return (new HadamardDelta(first, second, Scale(alpha, first.Rank)), first.Rank);
    }

    // Where neither factor is of low rank there is nothing to divide by, and LyCORIS leaves alpha out.
    private (WeightDelta, long?) Kronecker(double? alpha)
    {
        KroneckerFactor first = Find(AdapterRole.KronW1) is { } w1
            ? new(w1) : new(new FactorPair(Need(AdapterRole.KronW1A), Need(AdapterRole.KronW1B), null));
        KroneckerFactor second = Find(AdapterRole.KronW2) is { } w2
            ? new(w2) : new(new FactorPair(Need(AdapterRole.KronW2A), Need(AdapterRole.KronW2B), Find(AdapterRole.KronT2)));
        long? rank = second.Rank ?? first.Rank;
        return (new KroneckerDelta(first, second, rank is { } r ? Scale(alpha, r) : 1), rank);
    }

    private WeightDelta Decomposed(WeightDelta direction) =>
        Find(AdapterRole.DoraScale) is { } scale ? new DoraDelta(direction, scale, isOfRows: false)
        : Find(AdapterRole.MagnitudeVector) is { } vector ? new DoraDelta(direction, vector, isOfRows: true)
        : direction;

    private FullDelta? Bias(double? alpha, long? rank) =>
        Find(AdapterRole.BiasDifference) is { } difference ? new FullDelta(difference)
        : Find(AdapterRole.UpBias) is { } bias ? new FullDelta(bias, rank is { } r ? Scale(alpha, r) : 1)
        : null;

    private double Scale(double? alpha, long rank)
    {
        if (rank < 1) throw Broken($"its rank is {rank}");
        return alpha is not { } a ? 1 : alphas.Of(name)?.IsRankStabilised == true ? a / Math.Sqrt(rank) : a / rank;
    }

    private AdapterTensor Need(AdapterRole role) =>
        Find(role) ?? throw Broken($"'{tensors.Values.First().Name}' is there without its partner ({role})");

    private AdapterTensor? Find(AdapterRole role)
    {
        if (!tensors.TryGetValue(role, out TensorEntry? entry)) return null;
        _used.Add(role);
        AdapterTensor tensor = new(file, entry);
        bool isReal = entry.Type is ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float64;
        return isReal || role == AdapterRole.Alpha
            ? tensor : throw tensor.Broken($"holds {entry.Type}, where floating-point numbers are expected");
    }

    private InvalidDataException Broken(string why) => new($"{file.Path}: the module '{name}' is not sound: {why}.");
}
