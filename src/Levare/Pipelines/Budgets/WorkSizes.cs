using System.Collections.Immutable;
using Levare.Networks.Autoencoders;
using Levare.Networks.UNet;
using Levare.Runtime;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Budgets;

/// <summary>The bytes that networks work in beside their weights: what is alive at the fullest moment, counted in feature maps and measured to be enough.</summary>
internal static class WorkSizes
{
    /// <summary>The runtime, torch's libraries, and what prompts and solvers work in.</summary>
    public const long Process = 640L << 20;

    // Of a resolution's channels: two maps that are joined, the residual block's own, and the feed-forward layer's, eight times as wide and gated.
    private const int MapsAtOnce = 20;

    /// <summary>An evaluation of a U-Net: the skips of all resolutions, and the work at the largest one.</summary>
    /// <param name="config">The U-Net.</param>
    /// <param name="type">What it computes in.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="latents">The number of latents of a row, height times width.</param>
    public static long Evaluation(UNet2DConditionConfig config, ScalarType type, long rows, long latents)
    {
        long skips = 0, work = 0;
        for (int level = 0; level < config.BlockOutChannels.Length; level++)
        {
            long map = config.BlockOutChannels[level] * Math.Max(1, latents >> (2 * level));
            skips += (config.LayersPerBlock[level] + 2) * map;
            work = Math.Max(work, MapsAtOnce * map);
        }
        return rows * (skips + work) * SafetensorsTypes.Size(type);
    }

    /// <summary>The decoding, or encoding, of one picture: at full size, the maps of one layer and the next.</summary>
    /// <param name="autoencoder">The autoencoder.</param>
    /// <param name="pixels">Height times width.</param>
    public static long Decoding(Autoencoder autoencoder, long pixels)
    {
        (ImmutableArray<int> channels, int maps) = autoencoder switch
        {
            AutoencoderKl kl => (kl.Config.BlockOutChannels, 3),
            AutoencoderTiny tiny => (tiny.Config.DecoderBlockOutChannels, 4),
            _ => throw new NotSupportedException($"How much memory a {autoencoder.GetType().Name} works in is not known."),
        };
        // The last but one resolution's channels arrive at full size, beside the last one's maps.
        long width = maps * channels[0] + channels[Math.Min(1, channels.Length - 1)];
        return pixels * width * autoencoder.parameters().First().element_size();
    }
}
