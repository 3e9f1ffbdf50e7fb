using System.Collections.Immutable;
using Levare.Networks.Blocks;

namespace Levare.Networks.Autoencoders;

/// <summary>How a tiny decoder doubles height and width.</summary>
public enum TinyUpsampling
{
    /// <summary>Repeated pixels.</summary>
    Nearest,

    /// <summary>Linear interpolation along both sides.</summary>
    Bilinear,

    /// <summary>Cubic interpolation along both sides.</summary>
    Bicubic,
}

/// <summary>The settings of an <see cref="AutoencoderTiny"/>: diffusers' AutoencoderTiny configuration, with its defaults. Immutable.</summary>
public sealed record AutoencoderTinyConfig
{
    /// <summary>Channels of the pictures that go in.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the pictures that come out.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels at each resolution of the encoder, from the highest down.</summary>
    public ImmutableArray<int> EncoderBlockOutChannels { get; init; } = [64, 64, 64, 64];

    /// <summary>Channels at each resolution of the decoder, from the lowest up.</summary>
    public ImmutableArray<int> DecoderBlockOutChannels { get; init; } = [64, 64, 64, 64];

    /// <summary>Blocks at each resolution of the encoder.</summary>
    public ImmutableArray<int> NumEncoderBlocks { get; init; } = [1, 3, 3, 3];

    /// <summary>Blocks at each resolution of the decoder.</summary>
    public ImmutableArray<int> NumDecoderBlocks { get; init; } = [3, 3, 3, 1];

    /// <summary>The non-linearity.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>How the decoder goes up.</summary>
    public TinyUpsampling Upsampling { get; init; } = TinyUpsampling.Nearest;

    /// <summary>By how much the decoder goes up at each resolution but the last.</summary>
    public int UpsamplingScalingFactor { get; init; } = 2;

    /// <summary>Channels of a latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>The largest latent that is expected, where latents are stored as bytes.</summary>
    public double LatentMagnitude { get; init; } = 3;

    /// <summary>Where latents of 0 lie in 0..1, where they are stored as bytes.</summary>
    public double LatentShift { get; init; } = 0.5;

    /// <summary>Whether half precision overflows in it.</summary>
    public bool ForceUpcast { get; init; }

    /// <summary>How latents become states.</summary>
    public LatentScale Scale { get; init; } = LatentScale.None;

    /// <summary>Groups of the norm in the pooling that the blocks of the lowest resolution begin with, as TAEF2's do; null without pooling.</summary>
    public int? PoolGroups { get; init; }

    /// <summary>Pixels per latent, along a side.</summary>
    public int Factor => (int)Math.Pow(UpsamplingScalingFactor, NumDecoderBlocks.Length - 1);

    /// <summary>Checks that the settings fit together.</summary>
    /// <exception cref="InvalidDataException">They do not: the message names the setting.</exception>
    public void Validate()
    {
        // The upper bounds lie far above any network there is; a file that passes them is broken, and would ask for all memory.
        Require(NumEncoderBlocks.Length is > 0 and <= 12 && NumDecoderBlocks.Length is > 0 and <= 12, "num_encoder_blocks and num_decoder_blocks need 1 to 12 entries");
        Require(NumEncoderBlocks.Concat(NumDecoderBlocks).All(count => count is >= 0 and <= 64), "num_encoder_blocks or num_decoder_blocks holds a number that is not in 0..64");
        Require(EncoderBlockOutChannels.Length == NumEncoderBlocks.Length, "encoder_block_out_channels and num_encoder_blocks differ in length");
        Require(DecoderBlockOutChannels.Length == NumDecoderBlocks.Length, "decoder_block_out_channels and num_decoder_blocks differ in length");
        Require(EncoderBlockOutChannels.Concat(DecoderBlockOutChannels).Concat([InChannels, OutChannels, LatentChannels]).All(channels => channels is > 0 and <= 1 << 14),
            "a number of channels is not in 1..16384");
        Require(EncoderBlockOutChannels.Distinct().Count() == 1, "encoder_block_out_channels differ, where no layer would lead from one to the next");
        Require(DecoderBlockOutChannels.Distinct().Count() == 1, "decoder_block_out_channels differ, where no layer would lead from one to the next");
        Require(UpsamplingScalingFactor is > 0 and <= 4, $"upsampling_scaling_factor {UpsamplingScalingFactor} is not in 1..4");
        Require(Factor == 1 << (NumEncoderBlocks.Length - 1), $"the decoder enlarges {Factor} times, where the encoder reduces {1 << (NumEncoderBlocks.Length - 1)} times");
        Require(LatentMagnitude > 0, "latent_magnitude is not positive");
        Require(double.IsFinite(Scale.Factor) && Scale.Factor != 0, $"scaling_factor {Scale.Factor} is no divisor");
        Require(PoolGroups is null || (PoolGroups > 0 && TinyBlock.PoolWidth * EncoderBlockOutChannels[^1] % PoolGroups == 0 && TinyBlock.PoolWidth * DecoderBlockOutChannels[0] % PoolGroups == 0),
            $"pool_groups {PoolGroups} does not divide the pooling's channels");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidDataException($"The AutoencoderTiny configuration is not sound: {otherwise}.");
    }
}
