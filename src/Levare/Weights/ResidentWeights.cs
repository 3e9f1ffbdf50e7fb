using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A loaded network whose weights are in memory while somebody uses them, and else may leave. Thread-safe.</summary>
/// <remarks>
/// What lies in a mapped file is left to the system, which reads it again when it is touched. Converted copies, and what is on another device, are disposed, and loaded
/// again for the next user. Whoever calls the network must hold it: without, its weights may be shapes alone.
/// </remarks>
/// <param name="network">The network; it stays its owner's.</param>
/// <param name="load">Loads the same network once more, in the same types on the same device.</param>
internal sealed class ResidentWeights(nn.Module network, Func<nn.Module> load)
{
    private readonly Lock _lock = new();
    private int _users;
    private bool _gone;

    /// <summary>Brings the weights back where they are gone, and keeps them until the result is disposed.</summary>
    public IDisposable Use()
    {
        lock (_lock)
        {
            if (_gone) Restore();
            _users++;
        }
        return new User(this);
    }

    /// <summary>Lets the weights leave where nobody uses them.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_users > 0 || _gone) return;
            foreach (Tensor tensor in network.state_dict().Values)
                if (!FileMapping.Leave(tensor)) Empty(tensor);
            if (_gone) NativeHeap.Trim();
        }
    }

    private void Empty(Tensor tensor)
    {
        using Tensor shape = torch.empty(tensor.shape, dtype: tensor.dtype, device: META);
        Exchange(tensor, shape);
        _gone = true;
    }

    private void Restore()
    {
        using var noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using nn.Module fresh = load();
        Dictionary<string, Tensor> loaded = fresh.state_dict();
        foreach ((string key, Tensor tensor) in network.state_dict()) Exchange(tensor, loaded[key]);
        _gone = false;
    }

    private static void Exchange(Tensor one, Tensor other)
    {
        bool requiresGradient = one.requires_grad;
        NativeTensor.Exchange(one, other);
        one.requires_grad = requiresGradient;
    }

    private void Release()
    {
        lock (_lock) _users--;
    }

    private sealed class User(ResidentWeights weights) : IDisposable
    {
        private ResidentWeights? _weights = weights;

        public void Dispose() => Interlocked.Exchange(ref _weights, null)?.Release();
    }
}
