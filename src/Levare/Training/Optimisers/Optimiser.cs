using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>A rule at work on a list of parameters, with what it remembers of them. Not thread-safe.</summary>
public sealed class Optimiser : IDisposable
{
    private readonly OptimiserRule _rule;
    private readonly string[] _names;
    private readonly Tensor[] _parameters;
    private readonly Tensor[][] _slots;

    /// <summary>An optimiser before its first step.</summary>
    /// <param name="rule">How parameters are changed.</param>
    /// <param name="parameters">float32 tensors by name; they stay the caller's.</param>
    public Optimiser(OptimiserRule rule, IEnumerable<KeyValuePair<string, Tensor>> parameters)
    {
        _rule = rule;
        KeyValuePair<string, Tensor>[] all = [.. parameters];
        _names = [.. all.Select(pair => pair.Key)];
        _parameters = [.. all.Select(pair => pair.Value)];
        using (no_grad())
            _slots = [.. _parameters.Select(p => rule.Slots.Select(slot => rule.NewSlot(slot, p).DetachFromDisposeScope()).ToArray())];
    }

    /// <summary>How many steps were made.</summary>
    public long Steps { get; private set; }

    /// <summary>Makes one step.</summary>
    /// <param name="gradients">One for each parameter, in their order; null where there is none, and that parameter stays as it is.</param>
    /// <param name="rate">The learning rate.</param>
    public void Step(IReadOnlyList<Tensor?> gradients, double rate)
    {
        if (gradients.Count != _parameters.Length)
            throw new ArgumentException($"{gradients.Count} gradients for {_parameters.Length} parameters.", nameof(gradients));
        Steps++;
        int[] given = [.. Enumerable.Range(0, _parameters.Length).Where(i => gradients[i] is not null)];
        if (given.Length == 0) return;
        using (no_grad())
            _rule.UpdateAll([.. given.Select(i => _parameters[i])], [.. given.Select(i => gradients[i]!)], [.. given.Select(i => _slots[i])], Steps, rate);
    }

    /// <summary>What it remembers: tensors named PARAMETER:SLOT, which stay the optimiser's.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() =>
        from i in Enumerable.Range(0, _names.Length)
        from s in Enumerable.Range(0, _rule.Slots.Length)
        select KeyValuePair.Create($"{_names[i]}:{_rule.Slots[s]}", _slots[i][s]);

    /// <summary>Goes back to a saved state.</summary>
    /// <param name="steps">The steps made by then.</param>
    /// <param name="load">Reads a tensor of <see cref="State"/> by name; it is disposed here.</param>
    /// <exception cref="InvalidDataException">A tensor has another shape.</exception>
    public void Restore(long steps, Func<string, Tensor> load)
    {
        using (no_grad())
            foreach ((string name, Tensor slot) in State())
            {
                using Tensor saved = load(name);
                if (!saved.shape.SequenceEqual(slot.shape))
                    throw new InvalidDataException($"The optimiser's '{name}' was saved as [{string.Join(", ", saved.shape)}], not [{string.Join(", ", slot.shape)}].");
                slot.copy_(saved);
            }
        Steps = steps;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor[] slots in _slots)
            foreach (Tensor slot in slots) slot.Dispose();
    }
}
