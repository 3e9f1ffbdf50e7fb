using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>Weights under the names and in the shapes of a model folder's part, while they lie in another file. Owns that file.</summary>
internal sealed class RenamedWeights : IWeights
{
    private readonly IWeights _file;
    private readonly Dictionary<string, TensorPair> _pairs;

    /// <summary>A view of a file, which is closed with it.</summary>
    /// <exception cref="InvalidDataException">Two tensors become the same one, or one has no shape that could be changed.</exception>
    public RenamedWeights(IWeights file, IEnumerable<TensorPair> pairs)
    {
        _file = file;
        _pairs = new(StringComparer.Ordinal);
        Dictionary<string, TensorEntry> entries = new(StringComparer.Ordinal);
        foreach (TensorPair pair in pairs)
        {
            if (!_pairs.TryAdd(pair.Part, pair)) throw new InvalidDataException($"{file.Path}: '{_pairs[pair.Part].File}' and '{pair.File}' both become '{pair.Part}'.");
            entries[pair.Part] = Entry(file, pair);
        }
        Entries = entries;
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <inheritdoc/>
    public string Describe(string name) => _file.Describe(Find(name).File);

    /// <inheritdoc/>
    public Tensor Load(string name, ScalarType? type = null)
    {
        using Tensor shared = Map(name, type);
        return shared.clone();
    }

    /// <inheritdoc/>
    public Tensor Map(string name, ScalarType? type = null)
    {
        TensorPair pair = Find(name);
        if (pair.Change == TensorChange.None) return _file.Map(pair.File, type);
        using Tensor source = _file.Map(pair.File, type);
        return pair.Change.Apply(source);
    }

    /// <inheritdoc/>
    public void LoadInto(string name, Tensor target)
    {
        TensorPair pair = Find(name);
        if (pair.Change == TensorChange.None)
        {
            _file.LoadInto(pair.File, target);
            return;
        }
        Entries[name].ThrowIfUnlike(target, Path);
        using var noGradient = no_grad();
        using Tensor source = Map(name);
        target.copy_(source);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private TensorPair Find(string name) => _pairs.TryGetValue(name, out TensorPair? pair) ? pair : throw new KeyNotFoundException($"{Path} has no tensor for '{name}'.");

    private static TensorEntry Entry(IWeights file, TensorPair pair)
    {
        TensorEntry stored = file.Entries[pair.File];
        try
        {
            return stored with { Name = pair.Part, Shape = pair.Change.Shape(stored) };
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{file.Path}: {e.Message}.", e);
        }
    }
}
