using System.Collections.Immutable;
using System.Text.Json;
using Levare.Networks.UNet;
using Levare.Weights;

namespace Levare.Networks.Control;

/// <summary>The kinds of T2I-Adapters.</summary>
public enum T2IAdapterKind
{
    /// <summary>A resolution for each feature, as wide as the U-Net.</summary>
    Full,

    /// <summary>For SDXL: only the third feature halves the resolution.</summary>
    FullXl,

    /// <summary>As the full one, through a quarter of the channels, with one feature more than channels are listed.</summary>
    Light,
}

/// <summary>The settings of a <see cref="T2IAdapter"/>: diffusers' T2IAdapter configuration, with its defaults. Immutable.</summary>
public sealed record T2IAdapterConfig
{
    private static readonly (string Name, T2IAdapterKind Value)[] Kinds =
        [("full_adapter", T2IAdapterKind.Full), ("full_adapter_xl", T2IAdapterKind.FullXl), ("light_adapter", T2IAdapterKind.Light)];

    /// <summary>The kind.</summary>
    public T2IAdapterKind Kind { get; init; }

    /// <summary>Channels of the control picture.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the features, from the highest resolution down.</summary>
    public ImmutableArray<int> Channels { get; init; } = [320, 640, 1280, 1280];

    /// <summary>Residual blocks for each feature.</summary>
    public int ResidualBlocks { get; init; } = 2;

    /// <summary>Pixels of the control picture for each of the first feature, along a side.</summary>
    public int DownscaleFactor { get; init; } = 8;

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="strictness">Whether a setting that is not known is an error.</param>
    /// <exception cref="InvalidDataException">A setting is not known or not sound; the message names it.</exception>
    public static T2IAdapterConfig Read(JsonElement json, string source, Strictness strictness = Strictness.Strict)
    {
        ConfigReader reader = new(json, source);
        T2IAdapterConfig standard = new();
        T2IAdapterConfig config = new()
        {
            Kind = reader.Choice("adapter_type", standard.Kind, Kinds),
            InChannels = reader.Int("in_channels", standard.InChannels),
            Channels = reader.Ints("channels", standard.Channels),
            ResidualBlocks = reader.Int("num_res_blocks", standard.ResidualBlocks),
            DownscaleFactor = reader.Int("downscale_factor", standard.DownscaleFactor),
        };
        if (strictness == Strictness.Strict) reader.ThrowIfUnread();
        reader.Check(config.Validate);
        return config;
    }

    /// <summary>Checks that the settings fit together.</summary>
    /// <exception cref="InvalidDataException">They do not: the message names the setting.</exception>
    public void Validate()
    {
        Require(InChannels is > 0 and <= 1 << 10, $"in_channels {InChannels} is not in 1..1024");
        Require(Channels.Length is > 0 and <= 16 && Channels.All(channels => channels is > 0 and <= 1 << 16), "channels must hold 1 to 16 numbers in 1..65536");
        Require(ResidualBlocks is > 0 and <= 64, $"num_res_blocks {ResidualBlocks} is not in 1..64");
        Require(DownscaleFactor is > 0 and <= 64, $"downscale_factor {DownscaleFactor} is not in 1..64");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidDataException($"The T2IAdapter configuration is not sound: {otherwise}.");
    }
}
