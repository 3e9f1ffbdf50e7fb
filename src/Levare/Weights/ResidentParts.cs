using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>The networks of a model whose weights may leave the memory while others work. Thread-safe once all are added.</summary>
internal sealed class ResidentParts
{
    private readonly List<ResidentWeights> _all = [];

    /// <summary>Adds a loaded network.</summary>
    /// <param name="network">The network; it stays its owner's.</param>
    /// <param name="load">Loads the same network once more.</param>
    public ResidentWeights Add(nn.Module network, Func<nn.Module> load)
    {
        ResidentWeights weights = new(network, load);
        _all.Add(weights);
        return weights;
    }

    /// <summary>Keeps some networks in memory until the result is disposed.</summary>
    /// <param name="company">What becomes of the others.</param>
    /// <param name="parts">Those that are needed.</param>
    public IDisposable Use(Company company, params ImmutableArray<ResidentWeights> parts)
    {
        if (company == Company.Leaves)
            foreach (ResidentWeights other in _all.Except(parts)) other.Leave();
        Uses uses = new();
        try
        {
            foreach (ResidentWeights part in parts) uses.Add(part.Use());
            return uses;
        }
        catch
        {
            uses.Dispose();
            throw;
        }
    }

    private sealed class Uses : IDisposable
    {
        private readonly List<IDisposable> _held = [];

        public void Add(IDisposable held) => _held.Add(held);

        public void Dispose()
        {
            foreach (IDisposable held in _held) held.Dispose();
        }
    }
}

/// <summary>What becomes of networks that are not needed at the moment.</summary>
internal enum Company
{
    /// <summary>They stay in memory.</summary>
    Stays,

    /// <summary>They leave it where nobody uses them.</summary>
    Leaves,
}
