using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>The float32 weights that are trained, and their copies of lower precision in the network where it computes in such. Not thread-safe.</summary>
internal sealed class MasterWeights : IDisposable
{
    private readonly nn.Module _network;
    private readonly Precision _precision;
    private readonly Tensor[] _live;

    public MasterWeights(nn.Module network, Precision precision)
    {
        _network = network;
        _precision = precision;
        (string Name, Tensor Value)[] trained = Trained(network);
        if (trained.FirstOrDefault(p => p.Value.dtype != ScalarType.Float32) is { Name: { } odd, Value: { } value })
            throw new ArgumentException($"Parameter '{odd}' is {value.dtype}: training starts from float32 weights.", nameof(network));
        if (trained.Length == 0) throw new ArgumentException("The network has no parameters to train.", nameof(network));
        Names = [.. trained.Select(p => p.Name)];
        if (precision == Precision.Float32)
        {
            Values = _live = [.. trained.Select(p => p.Value)];
            return;
        }
        string? rounded = network.named_buffers().Where(b => b.buffer.is_floating_point()).Select(b => b.name)
            .Concat(network.named_parameters().Where(p => !p.parameter.requires_grad && p.parameter.is_floating_point() && p.parameter.dtype != ScalarType.BFloat16).Select(p => p.name)).FirstOrDefault();
        if (rounded is not null)
            throw new ArgumentException($"'{rounded}' is not trained and would be rounded to bfloat16: compute such tables where they are used.", nameof(network));
        Values = [.. trained.Select(p => p.Value.detach().clone().DetachFromDisposeScope())];
        network.to(ScalarType.BFloat16);
        _live = [.. Trained(network).Select(p => p.Value)];
    }

    public string[] Names { get; }

    /// <summary>The float32 weights, in the order of the names.</summary>
    public Tensor[] Values { get; }

    /// <summary>The gradients of the last backward pass in float32, in the current dispose scope; null where there is none.</summary>
    public Tensor?[] Gradients() => [.. _live.Select(p => p.grad is { } gradient ? gradient.to(ScalarType.Float32) : null)];

    /// <summary>Brings the masters' values into the network.</summary>
    public void Publish()
    {
        if (_precision != Precision.Float32) Show(Values);
    }

    /// <summary>Runs an action while the network has other weights.</summary>
    public void With(Tensor[] weights, Action action)
    {
        using var scope = NewDisposeScope();
        Tensor[] kept = _precision == Precision.Float32 ? [.. Values.Select(v => v.detach().clone())] : Values;
        Show(weights);
        try
        {
            action();
        }
        finally
        {
            Show(kept);
        }
    }

    /// <summary>Gives the network its float32 weights back.</summary>
    public void Dispose()
    {
        if (_precision == Precision.Float32) return;
        _network.to(ScalarType.Float32);
        using (no_grad())
            TensorLists.Copy([.. Trained(_network).Select(p => p.Value)], Values);
        foreach (Tensor value in Values) value.Dispose();
    }

    private void Show(Tensor[] weights)
    {
        using (no_grad()) TensorLists.Copy(_live, weights);
    }

    private static (string Name, Tensor Value)[] Trained(nn.Module network) =>
        [.. network.named_parameters().Where(p => p.parameter.requires_grad).Select(p => (p.name, (Tensor)p.parameter))];
}
