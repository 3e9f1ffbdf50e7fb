using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Conditioning;

/// <summary>What a network is told beside the state and the level: named tensors, each with the batch in dimension 0.</summary>
/// <remarks>Immutable. It does not own its tensors: whoever made them disposes them.</remarks>
public sealed class Condition
{
    /// <summary>Nothing at all.</summary>
    public static readonly Condition None = new(ImmutableSortedDictionary<string, Tensor>.Empty);

    private readonly ImmutableSortedDictionary<string, Tensor> _tensors;

    private Condition(ImmutableSortedDictionary<string, Tensor> tensors) => _tensors = tensors;

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>This condition with one tensor added or replaced.</summary>
    public Condition With(string name, Tensor tensor) => new(_tensors.SetItem(name, tensor));

    /// <summary>The tensor of a name, or null.</summary>
    public Tensor? Find(string name) => _tensors.GetValueOrDefault(name);

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none: the message lists those that there are.</exception>
    public Tensor this[string name] => Find(name)
        ?? throw new KeyNotFoundException($"The network needs the condition '{name}'; given were: {string.Join(", ", _tensors.Keys)}.");

    /// <summary>The conditions one after the other in the batch dimension; all must have the same names.</summary>
    public static Condition Concatenate(params ReadOnlySpan<Condition> parts)
    {
        Condition[] all = parts.ToArray();
        if (all.Any(part => !part._tensors.Keys.SequenceEqual(all[0]._tensors.Keys)))
            throw new ArgumentException("Conditions of one batch must name the same tensors.", nameof(parts));
        return all[0].Map((name, _) => cat([.. all.Select(part => part._tensors[name])], 0));
    }

    /// <summary>A condition of the same names with other tensors.</summary>
    public Condition Map(Func<string, Tensor, Tensor> change) =>
        new(_tensors.ToImmutableSortedDictionary(pair => pair.Key, pair => change(pair.Key, pair.Value)));
}
