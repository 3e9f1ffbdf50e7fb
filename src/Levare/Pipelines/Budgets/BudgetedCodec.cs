using Levare.Networks.Autoencoders;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Budgets;

/// <summary>An autoencoder within a budget: picture by picture, in tiles where nothing else fits, its weights in memory while it works. It owns the autoencoder.</summary>
/// <param name="autoencoder">The autoencoder.</param>
/// <param name="weights">Its weights.</param>
/// <param name="parts">All weights that come and go.</param>
/// <param name="budget">The budget.</param>
internal sealed class BudgetedCodec(Autoencoder autoencoder, ResidentWeights weights, ResidentParts parts, MemoryBudget budget) : ILatentCodec, IDisposable
{
    private readonly SlicedCodec _whole = new(autoencoder), _tiled = new(new TiledCodec(autoencoder));

    public int Factor => autoencoder.Factor;

    public int LatentChannels => autoencoder.LatentChannels;

    public LatentScale Scale => autoencoder.Scale;

    public LatentPosterior Encode(Tensor pixels) => Within(pixels.shape[3], pixels.shape[2], codec => codec.Encode(pixels));

    public Tensor Decode(Tensor latents) => Within(latents.shape[3] * Factor, latents.shape[2] * Factor, codec => codec.Decode(latents));

    public void Dispose() => autoencoder.Dispose();

    private T Within<T>(long width, long height, Func<SlicedCodec, T> work)
    {
        (Company company, bool inTiles) = budget.Decoding(new((int)width, (int)height), autoencoder);
        using IDisposable used = parts.Use(company, weights);
        return work(inTiles ? _tiled : _whole);
    }
}
