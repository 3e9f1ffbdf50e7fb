using System.Collections.Immutable;
using System.Globalization;
using Levare.Weights;

namespace Levare.Networks.Autoencoders;

/// <summary>What the original two files of a tiny autoencoder say of it: numbered layers, of which the decoder's first, a clamp, has no weights.</summary>
internal sealed record OriginalTinyLayout(AutoencoderTinyConfig Config, CheckpointMap Encoder, CheckpointMap Decoder)
{
    // No shape tells it: of the numbers that divide the channels, this one gives TAEF2's published quality.
    private const int PoolGroups = 4;
    private const int MostLayers = 256;

    /// <summary>Reads keys and shapes.</summary>
    /// <exception cref="InvalidDataException">They are not those of a tiny autoencoder.</exception>
    public static OriginalTinyLayout Of(IWeights encoder, IWeights decoder)
    {
        Chain down = Chain.Of(encoder), up = Chain.Of(decoder);
        AutoencoderTinyConfig config = new()
        {
            InChannels = down.Shapes[0].In,
            OutChannels = up.Shapes[^1].Out,
            LatentChannels = down.Shapes[^1].Out,
            EncoderBlockOutChannels = [.. down.Shapes.Take(down.Shapes.Length - 1).Select(shape => shape.Out)],
            DecoderBlockOutChannels = [.. up.Shapes.Skip(1).Select(shape => shape.In)],
            NumEncoderBlocks = down.Blocks,
            NumDecoderBlocks = up.Blocks,
            PoolGroups = down.HasPools || up.HasPools ? PoolGroups : null,
        };
        if (up.Shapes[0].In != config.LatentChannels)
            throw new InvalidDataException($"{encoder.Path} gives {config.LatentChannels} latent channels, where {decoder.Path} takes {up.Shapes[0].In}.");
        return new(config, down.FromFirst(), up.FromFirst());
    }

    /// <summary>Convolutions, and the number of blocks behind each but the last.</summary>
    private sealed record Chain(int First, int Last, ImmutableArray<(int In, int Out)> Shapes, ImmutableArray<int> Blocks, bool HasPools)
    {
        public static Chain Of(IWeights weights)
        {
            HashSet<int> blocks = [];
            SortedDictionary<int, (int In, int Out)> convolutions = [];
            foreach (TensorEntry entry in weights.Entries.Values)
            {
                string[] key = entry.Name.Split('.', 2);
                if (key.Length < 2 || !int.TryParse(key[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number >= MostLayers)
                    throw new InvalidDataException($"{weights.Path}: '{entry.Name}' is no key of a tiny autoencoder, which are LAYER.weight, LAYER.conv.0.weight and so on.");
                if (entry.Shape.Any(side => side > int.MaxValue)) throw new InvalidDataException($"{weights.Path}: '{entry.Name}' is [{string.Join(", ", entry.Shape)}].");
                if (key[1] is "weight" && entry.Shape.Length == 4) convolutions[number] = ((int)entry.Shape[1], (int)entry.Shape[0]);
                else if (key[1].StartsWith("conv.", StringComparison.Ordinal) || key[1].StartsWith("pool.", StringComparison.Ordinal)) blocks.Add(number);
            }
            if (convolutions.Count < 2) throw new InvalidDataException($"{weights.Path} has {convolutions.Count} convolutions; a tiny autoencoder has 2 or more.");
            int[] places = [.. convolutions.Keys];
            return new(places[0], places[^1], [.. convolutions.Values],
                [.. places.Zip(places.Skip(1), (from, to) => blocks.Count(block => block > from && block < to))],
                weights.Entries.Keys.Any(key => key.Contains(".pool.", StringComparison.Ordinal)));
        }

        /// <summary>The map to a chain that counts from 0.</summary>
        public CheckpointMap FromFirst() => First == 0
            ? CheckpointMap.Identity
            : new([.. Enumerable.Range(First, Last - First + 1).Select(number => new KeyRule($@"^{number}\.", $"{number - First}."))]);
    }
}
