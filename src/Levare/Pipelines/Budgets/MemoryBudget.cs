using Levare.Networks.Autoencoders;
using Levare.Networks.UNet;
using Levare.Pipelines.Formats;
using Levare.Runtime;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Budgets;

/// <summary>How a latent model keeps within an amount of memory. Immutable and thread-safe; it counts one request at a time.</summary>
/// <remarks>
/// In this order, and no more than is needed: parts that are not used at the moment leave the memory; rows of a batch are evaluated a few at a time, or one by one;
/// pictures are decoded in tiles. Only the last changes more of a picture than its rounding, and the recipe says so. What cannot be done within the amount is refused
/// before anything is computed.
/// </remarks>
internal sealed class MemoryBudget
{
    private readonly MemorySize _limit;
    private readonly WeightSizes _weights;
    private readonly UNet2DConditionConfig _unet;
    private readonly ScalarType _type;

    private MemoryBudget(MemorySize limit, WeightSizes weights, UNet2DConditionConfig unet, ScalarType type) =>
        (_limit, _weights, _unet, _type) = (limit, weights, unet, type);

    /// <summary>What becomes of a loaded part when the next one is loaded.</summary>
    public Company Loading => Around(_weights.Total);

    /// <summary>The budget of a model that is about to be loaded; null for one without a limit.</summary>
    /// <exception cref="RequestException">Not even its largest part can be loaded within the limit.</exception>
    public static MemoryBudget? Of(ModelFiles model, ModelLoading loading, ScalarType type)
    {
        if (loading.MaxMemory is not { } limit) return null;
        WeightSizes weights = WeightSizes.Of(model, loading, type);
        long least = WorkSizes.Process + weights.Largest;
        if (least > limit.Bytes)
            throw new RequestException($"{model.Path} does not fit into {limit}: in {ComputeDevice.NameOf(type)} it needs {new MemorySize(least)} at least, {new MemorySize(WorkSizes.Process)} of it set aside for the process's own working{Hint(type, weights.Largest, least)}.");
        ModelComponent unet = model.Component("unet");
        return new(limit, weights, UNet2DConditionConfigJson.Read(unet.Config, unet.ConfigPath), type);
    }

    /// <summary>How a run keeps within the limit.</summary>
    /// <param name="rows">Rows of an evaluation: pictures, times what guidance makes of each.</param>
    /// <param name="together">How many of them cannot be parted.</param>
    /// <param name="size">The pictures' size.</param>
    /// <param name="autoencoder">The autoencoder.</param>
    /// <exception cref="RequestException">It cannot; the message names the least that would do.</exception>
    public MemoryPlan Plan(int rows, int together, ImageSize size, Autoencoder autoencoder)
    {
        long latents = (long)(size.Width / autoencoder.Factor) * (size.Height / autoencoder.Factor);
        long Work(int at) => WorkSizes.Evaluation(_unet, _type, at, latents);
        long tile = Math.Min(Pixels(size), Pixels(new(Tiling.Of(autoencoder).PixelSize, Tiling.Of(autoencoder).PixelSize)));
        long least = Math.Max(_weights.Conditioner, Math.Max(_weights.Network + Work(together), _weights.Autoencoder + WorkSizes.Decoding(autoencoder, tile)));
        if (!Fits(least))
            throw new RequestException($"a picture of {size} needs {new MemorySize(Whole(least))} of memory at least, and {_limit} is all that it may take: ask for a smaller one, or allow more{Hint(_type, _weights.Largest, Whole(least))}.");
        return new(Around(_weights.Total + Work(rows)), Enumerable.Range(together, rows - together + 1).Last(at => at == together || Fits(_weights.Network + Work(at))), Decoding(size, autoencoder).InTiles);
    }

    /// <summary>How a picture is decoded or encoded.</summary>
    public (Company Company, bool InTiles) Decoding(ImageSize size, Autoencoder autoencoder)
    {
        long work = WorkSizes.Decoding(autoencoder, Pixels(size));
        return (Around(_weights.Total + work), !Fits(_weights.Autoencoder + work));
    }

    private static long Pixels(ImageSize size) => (long)size.Width * size.Height;

    // Total has what stays in it already.
    private Company Around(long bytes) => WorkSizes.Process + bytes <= _limit.Bytes ? Company.Stays : Company.Leaves;

    private bool Fits(long bytes) => Whole(bytes) <= _limit.Bytes;

    private long Whole(long bytes) => WorkSizes.Process + _weights.Staying + bytes;

    // Half of the weights is much only where they are most of it.
    private static string Hint(ScalarType type, long weights, long all) => type == ScalarType.Float32 && weights > all / 2 ? " (the weights need half in bf16)" : "";
}

/// <summary>How a run keeps within an amount of memory.</summary>
/// <param name="Company">What becomes of the weights that are not needed at the moment.</param>
/// <param name="Rows">How many rows are evaluated at a time.</param>
/// <param name="InTiles">Whether pictures are decoded in tiles.</param>
internal readonly record struct MemoryPlan(Company Company, int Rows, bool InTiles);
