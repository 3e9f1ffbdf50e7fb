using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>A learned vector for each whole number from 0: tokens, classes, places. Whole numbers [...] -> [..., width].</summary>
/// <remarks>Keys: <c>weight</c> [count, width]. Torch's own keeps its weight in native code, where it can be neither made without memory nor replaced.</remarks>
internal sealed class EmbeddingTable : nn.Module<Tensor, Tensor>
{
    private readonly Parameter weight;

    /// <summary>A table with fresh vectors of unit variance, or without where <see cref="NetworkConstruction"/> says so.</summary>
    public EmbeddingTable(long count, long width) : base(nameof(EmbeddingTable))
    {
        Tensor fresh = empty(count, width, device: NetworkConstruction.Device);
        nn.init.normal_(fresh);
        weight = new Parameter(fresh);
        RegisterComponents();
    }

    /// <summary>The vectors [count, width]; the module's own.</summary>
    public Tensor Vectors => weight;

    /// <inheritdoc/>
    /// <exception cref="System.Runtime.InteropServices.ExternalException">A number is below 0 or not below the count.</exception>
    public override Tensor forward(Tensor input)
    {
        using Tensor flat = input.reshape(-1);
        using Tensor rows = weight.index_select(0, flat);
        return rows.view([.. input.shape, weight.shape[1]]);
    }
}
