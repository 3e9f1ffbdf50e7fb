using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Learns how uncertain the loss is at each level and weights by it (Karras et al. 2024, eq. 14-15; Kendall et al. 2018).</summary>
/// <param name="Features">Cosines of the level that the estimate is a sum of.</param>
public sealed record LearnedUncertainty(int Features = 128);

/// <summary>
/// The log variance u(level) of the loss, a sum of cosines of what the network is told of the level: the objective <c>loss / e^u + u</c> is
/// least where e^u is the loss's mean, so every level comes to weigh alike. It starts at u = 0. Not thread-safe.
/// </summary>
internal sealed class UncertaintyWeight : IDisposable
{
    private const string Name = "uncertainty.weight";
    private readonly Tensor _frequencies;
    private readonly Tensor _phases;
    private readonly Tensor _weight;
    private readonly Optimiser _optimiser;

    public UncertaintyWeight(LearnedUncertainty settings, OptimiserRule rule, Device device)
    {
        using Generator generator = new(0, CPU);
        _frequencies = (randn([settings.Features], generator: generator) * (2 * Math.PI)).to(device).DetachFromDisposeScope();
        _phases = (rand([settings.Features], generator: generator) * (2 * Math.PI)).to(device).DetachFromDisposeScope();
        _weight = zeros([settings.Features], device: device).requires_grad_(true).DetachFromDisposeScope();
        _optimiser = new(rule, [KeyValuePair.Create(Name, _weight)]);
    }

    /// <summary>The log variance at each level.</summary>
    /// <param name="times">[batch].</param>
    public Tensor LogVariance(Tensor times)
    {
        Tensor features = (times.unsqueeze(1) * _frequencies + _phases).cos() * Math.Sqrt(2);
        return (features * _weight).sum(1) / Math.Sqrt(_weight.shape[0]);
    }

    /// <summary>The objective of each example.</summary>
    /// <param name="losses">[batch], weighted.</param>
    /// <param name="times">[batch].</param>
    public Tensor Objective(Tensor losses, Tensor times)
    {
        Tensor u = LogVariance(times);
        return losses / u.exp() + u;
    }

    /// <summary>Makes a step with the gradient that the last backward pass left.</summary>
    public void Step(double rate)
    {
        _optimiser.Step([_weight.grad], rate);
        _weight.grad = null;
    }

    /// <summary>What a checkpoint must hold of it; the tensors stay its own.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() => _optimiser.State().Prepend(KeyValuePair.Create(Name, _weight));

    /// <summary>Goes back to a saved state.</summary>
    public void Restore(long steps, Func<string, Tensor> load)
    {
        using (no_grad())
        using (Tensor saved = load(Name)) Checkpoint.Copy(Name, saved, _weight);
        _optimiser.Restore(steps, load);
    }

    public void Dispose()
    {
        _optimiser.Dispose();
        _frequencies.Dispose();
        _phases.Dispose();
        _weight.Dispose();
    }
}
