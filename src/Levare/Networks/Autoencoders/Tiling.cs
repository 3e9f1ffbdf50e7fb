using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Autoencoders;

/// <summary>How pictures are cut into overlapping tiles that go through an autoencoder one by one, and put together again. Immutable.</summary>
/// <remarks>
/// A tile knows nothing of its neighbours: norms and attention see other statistics than in the whole picture, so that results differ visibly from those without tiles.
/// Autoencoders need no tiles to keep within memory: they work through large feature maps in bands of rows, which changes nothing but the rounding. Tiles are for
/// pictures that even that does not hold, and for the same results as in Python.
/// </remarks>
/// <param name="PixelSize">A tile's side in pixels.</param>
/// <param name="LatentSize">A tile's side in latents.</param>
/// <param name="Overlap">The share of a tile that its neighbour has too, 0 up to but not 1.</param>
public abstract record Tiling(int PixelSize, int LatentSize, double Overlap)
{
    /// <summary>The tiles that diffusers' <c>enable_tiling</c> stands for.</summary>
    public static Tiling Of(Autoencoder autoencoder) => autoencoder is AutoencoderKl kl
        ? new SeamTiling(kl.Config.SampleSize.Height, kl.Config.SampleSize.Height / kl.Factor, 0.25)
        : new CanvasTiling(512, 512 / autoencoder.Factor, 0.125);

    /// <summary>Whether a picture of latents (or pixels) is large enough for tiles.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="size">A tile's side in the input.</param>
    internal abstract bool Cuts(Tensor input, int size);

    /// <summary>Puts the input through a network tile by tile.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="network">Is given a tile and gives its result, which is then the tiling's.</param>
    /// <param name="from">A tile's side in the input.</param>
    /// <param name="to">A tile's side in the result.</param>
    internal abstract Tensor Apply(Tensor input, Func<Tensor, Tensor> network, int from, int to);

    private protected int Shared(int size) => (int)(size * Overlap);

    private protected static Tensor Tile(Tensor input, int top, int left, int size) =>
        input.narrow(2, top, Math.Min(size, input.shape[2] - top)).narrow(3, left, Math.Min(size, input.shape[3] - left));
}

/// <summary>Each tile is blended linearly into the one above and the one to the left, and what it shares with the next ones is cut off: diffusers' way for AutoencoderKL.</summary>
/// <inheritdoc cref="Tiling"/>
public sealed record SeamTiling(int PixelSize, int LatentSize, double Overlap) : Tiling(PixelSize, LatentSize, Overlap)
{
    internal override bool Cuts(Tensor input, int size) => input.shape[2] > size || input.shape[3] > size;

    internal override Tensor Apply(Tensor input, Func<Tensor, Tensor> network, int from, int to)
    {
        using var scope = NewDisposeScope();
        int step = Math.Max(1, (int)(from * (1 - Overlap))), seam = Shared(to), kept = to - seam;
        List<Tensor> rows = [];
        Tensor[] above = [];
        for (int top = 0; top < input.shape[2]; top += step)
        {
            List<Tensor> row = [];
            for (int left = 0; left < input.shape[3]; left += step)
            {
                Tensor tile = network(Tile(input, top, left, from));
                if (above.Length > 0) Blend(above[row.Count], tile, 2, seam);
                if (row.Count > 0) Blend(row[^1], tile, 3, seam);
                row.Add(tile);
            }
            rows.Add(cat([.. row.Select(tile => Tile(tile, 0, 0, kept))], 3));
            foreach (Tensor tile in above) tile.Dispose();
            above = [.. row];
        }
        return cat(rows, 2).MoveToOuterDisposeScope();
    }

    // The last lines of one tile fade into the first ones of the next, which is changed.
    private static void Blend(Tensor before, Tensor tile, int dimension, int seam)
    {
        int extent = (int)Math.Min(seam, Math.Min(before.shape[dimension], tile.shape[dimension]));
        if (extent == 0) return;
        using var scope = NewDisposeScope();
        long[] shape = [1, 1, 1, 1];
        shape[dimension] = extent;
        Tensor share = (arange(extent, dtype: ScalarType.Float64) / extent).to(tile.device).view(shape);
        Tensor target = tile.narrow(dimension, 0, extent), source = before.narrow(dimension, before.shape[dimension] - extent, extent);
        target.copy_(source * (1 - share).to(tile.dtype) + target * share.to(tile.dtype));
    }
}

/// <summary>Each tile is laid over those before it, fading in along its upper and left border: diffusers' way for AutoencoderTiny.</summary>
/// <inheritdoc cref="Tiling"/>
public sealed record CanvasTiling(int PixelSize, int LatentSize, double Overlap) : Tiling(PixelSize, LatentSize, Overlap)
{
    internal override bool Cuts(Tensor input, int size) => true;

    internal override Tensor Apply(Tensor input, Func<Tensor, Tensor> network, int from, int to)
    {
        using var scope = NewDisposeScope();
        int step = Math.Max(1, from - Shared(from));
        Tensor? canvas = null;
        for (int top = 0; top < input.shape[2]; top += step)
            for (int left = 0; left < input.shape[3]; left += step)
            {
                using var tileScope = NewDisposeScope();
                Tensor tile = network(Tile(input, top, left, from));
                canvas ??= zeros([tile.shape[0], tile.shape[1], input.shape[2] * to / from, input.shape[3] * to / from], tile.dtype, tile.device).MoveToOuterDisposeScope();
                // Sides that are no multiple of the factor are rounded up by the network and down by the canvas.
                (long y, long x) = ((long)top * to / from, (long)left * to / from);
                tile = tile.narrow(2, 0, Math.Min(tile.shape[2], canvas.shape[2] - y)).narrow(3, 0, Math.Min(tile.shape[3], canvas.shape[3] - x));
                Tensor place = canvas.narrow(2, y, tile.shape[2]).narrow(3, x, tile.shape[3]);
                Tensor share = Fading(tile, 2, top > 0, (double)Shared(from) * to / from) * Fading(tile, 3, left > 0, (double)Shared(from) * to / from);
                place.copy_(share * tile + (1 - share) * place);
            }
        return canvas!.MoveToOuterDisposeScope();
    }

    private static Tensor Fading(Tensor tile, int dimension, bool fades, double extent)
    {
        long[] shape = [1, 1, 1, 1];
        shape[dimension] = tile.shape[dimension];
        if (!fades || extent <= 1) return ones(shape, tile.dtype, tile.device);
        return (arange(tile.shape[dimension], dtype: ScalarType.Float32, device: tile.device) / (extent - 1)).clamp(0, 1).view(shape).to(tile.dtype);
    }
}
