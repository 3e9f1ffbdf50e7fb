using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Keeps what layers of a network, given by name, give at their last call. Not thread-safe.</summary>
internal sealed class LayerOutputs : IDisposable
{
    private readonly Dictionary<string, Tensor> _outputs = new(StringComparer.Ordinal);

    /// <summary>Watches those layers of a network that have one of the names, one input and one output.</summary>
    public LayerOutputs(nn.Module network, IEnumerable<string> names)
    {
        HashSet<string> wanted = new(names, StringComparer.Ordinal);
        foreach ((string name, nn.Module module) in network.named_modules())
            if (wanted.Contains(name) && module is nn.Module<Tensor, Tensor> layer)
                layer.register_forward_hook((_, _, output) => Keep(name, output));
    }

    /// <summary>The outputs by the layers' names.</summary>
    public IReadOnlyDictionary<string, Tensor> All => _outputs;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor output in _outputs.Values) output.Dispose();
    }

    private Tensor Keep(string name, Tensor output)
    {
        if (_outputs.Remove(name, out Tensor? last)) last.Dispose();
        _outputs.Add(name, output.clone().DetachFromDisposeScope());
        return output;
    }
}
