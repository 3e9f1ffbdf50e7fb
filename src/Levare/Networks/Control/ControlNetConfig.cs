using System.Collections.Immutable;
using Levare.Networks.UNet;

namespace Levare.Networks.Control;

/// <summary>The order in which a ControlNet was shown the colours of its pictures.</summary>
public enum ColourOrder
{
    /// <summary>Red first, as everywhere here.</summary>
    Rgb,

    /// <summary>Blue first: the channels are turned round before the network sees them.</summary>
    Bgr,
}

/// <summary>The settings of a <see cref="ControlNet"/>: diffusers' ControlNetModel configuration, with its defaults. Immutable.</summary>
public sealed record ControlNetConfig
{
    /// <summary>The half of a U-Net that the network is a copy of; its up blocks mean nothing here.</summary>
    public UNet2DConditionConfig Encoder { get; init; } = new();

    /// <summary>Channels of the control picture.</summary>
    public int ImageChannels { get; init; } = 3;

    /// <summary>Channels on the control picture's way to latents; each step but the first halves height and width.</summary>
    public ImmutableArray<int> EmbeddingChannels { get; init; } = [16, 32, 96, 256];

    /// <summary>The order of colours.</summary>
    public ColourOrder ColourOrder { get; init; }

    /// <summary>Whether what the network adds is averaged over all pixels.</summary>
    public bool PoolsGlobally { get; init; }

    /// <summary>Pixels of the control picture for each of the latents, along a side.</summary>
    public int PixelsPerLatent => 1 << (EmbeddingChannels.Length - 1);

    /// <summary>Checks that the settings fit together.</summary>
    /// <exception cref="InvalidDataException">They do not: the message names the setting.</exception>
    public void Validate()
    {
        Encoder.Validate();
        Require(ImageChannels is > 0 and <= 1 << 10, $"conditioning_channels {ImageChannels} is not in 1..1024");
        Require(EmbeddingChannels.Length is > 0 and <= 16 && EmbeddingChannels.All(channels => channels is > 0 and <= 1 << 16),
            "conditioning_embedding_out_channels must hold 1 to 16 numbers in 1..65536");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidDataException($"The ControlNet configuration is not sound: {otherwise}.");
    }
}
