using System.Collections.Immutable;
using Levare.Networks.Blocks;
using Levare.Networks.UNet;

namespace Levare.Recipes;

/// <summary>A U-Net in the few numbers that matter; <see cref="ToConfig"/> gives all of them.</summary>
public sealed record NetworkRecipe
{
    private const int LargestGroups = 32, SmallestGroup = 4;

    /// <summary>Channels at each resolution, from the full one down; each next one is half as wide and high.</summary>
    public required ImmutableArray<int> Channels { get; init; }

    /// <summary>Residual blocks a resolution on the way down; one more on the way up.</summary>
    public int Layers { get; init; } = 2;

    /// <summary>The sides, in pixels, at which there is attention; the bottom always has it.</summary>
    public ImmutableArray<int> Attention { get; init; } = [];

    /// <summary>Channels of an attention head.</summary>
    public int HeadChannels { get; init; } = 32;

    /// <summary>The share of activations that are dropped while training.</summary>
    public double Dropout { get; init; }

    /// <summary>The whole configuration.</summary>
    /// <param name="size">Pixels a side.</param>
    /// <param name="channels">Channels of the pictures.</param>
    /// <param name="classes">How many classes the network is told; 0 for none. One more label, the last, stands for no class.</param>
    public UNet2DConfig ToConfig(int size, int channels, int classes)
    {
        bool[] attends = [.. Channels.Select((_, level) => Attention.Contains(size >> level))];
        return new()
        {
            SampleSize = (size, size),
            InChannels = channels,
            OutChannels = channels,
            BlockOutChannels = Channels,
            LayersPerBlock = Layers,
            DownBlockTypes = [.. attends.Select(yes => yes ? DownBlockType.AttnDownBlock2D : DownBlockType.DownBlock2D)],
            UpBlockTypes = [.. attends.Reverse().Select(yes => yes ? UpBlockType.AttnUpBlock2D : UpBlockType.UpBlock2D)],
            AttentionHeadDim = HeadChannels,
            NormNumGroups = Groups(),
            Dropout = Dropout,
            TimeModulation = TimeModulation.ScaleShift,
            AttnNormNumGroups = Groups(),
            ClassEmbedding = classes > 0 ? ClassEmbeddingType.Learned : null,
            NumClassEmbeds = classes > 0 ? classes + 1 : null,
        };
    }

    internal string? Problem(int size)
    {
        if (Channels.IsDefaultOrEmpty) return "network.channels is empty";
        if (Channels.Any(channels => channels < 8 || channels % SmallestGroup != 0))
            return $"network.channels is [{string.Join(", ", Channels)}]; each must be a multiple of {SmallestGroup}, 8 or more";
        if (size % (1 << (Channels.Length - 1)) != 0)
            return $"data.size is {size}, which cannot be halved {Channels.Length - 1} times as network.channels asks";
        int[] sides = [.. Channels.Select((_, level) => size >> level)];
        if (Attention.FirstOrDefault(side => !sides.Contains(side)) is > 0 and int stray)
            return $"network.attention has {stray}; the network's sides are {string.Join(", ", sides)}";
        if (Layers < 1) return $"network.layers is {Layers}, and must be 1 or more";
        if (Dropout is not (>= 0 and < 1)) return $"network.dropout is {Dropout}, and must be within 0..1";
        int bottom = Channels[^1];
        return HeadChannels < 1 || Channels.Where((_, level) => Attention.Contains(sides[level])).Append(bottom).Any(channels => channels % HeadChannels != 0)
            ? $"network.head_channels is {HeadChannels}, which must divide the channels wherever there is attention"
            : null;
    }

    // Norms over groups of at least 4 channels: as many groups, up to 32, as divide all widths and what the up blocks concatenate.
    private int Groups() => Enumerable.Range(1, LargestGroups).Last(groups => Channels.All(channels => channels % groups == 0 && channels / groups >= SmallestGroup));
}
