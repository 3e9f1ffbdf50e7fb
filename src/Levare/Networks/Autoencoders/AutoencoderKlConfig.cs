using System.Collections.Immutable;
using Levare.Networks.Blocks;

namespace Levare.Networks.Autoencoders;

/// <summary>The settings of an <see cref="AutoencoderKl"/>: diffusers' AutoencoderKL configuration, with its defaults. Immutable.</summary>
public sealed record AutoencoderKlConfig
{
    /// <summary>Channels of the pictures that go in.</summary>
    public int InChannels { get; init; } = 3;

    /// <summary>Channels of the pictures that come out.</summary>
    public int OutChannels { get; init; } = 3;

    /// <summary>Channels at each resolution, from the highest down.</summary>
    public ImmutableArray<int> BlockOutChannels { get; init; } = [64];

    /// <summary>Whether the encoder has attention behind its residual blocks, at each resolution.</summary>
    public ImmutableArray<bool> EncoderAttention { get; init; } = [false];

    /// <summary>Whether the decoder has, from the lowest resolution up.</summary>
    public ImmutableArray<bool> DecoderAttention { get; init; } = [false];

    /// <summary>Residual blocks at each resolution of the encoder; the decoder has one more.</summary>
    public int LayersPerBlock { get; init; } = 1;

    /// <summary>The non-linearity of the residual blocks.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Channels of a latent.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>Groups of the norms.</summary>
    public int NormNumGroups { get; init; } = 32;

    /// <summary>Height and width of the pictures that it was trained on; tiles have that size too, unless said otherwise.</summary>
    public (int Height, int Width) SampleSize { get; init; } = (32, 32);

    /// <summary>How latents become states.</summary>
    public LatentScale Scale { get; init; } = new() { Factor = 0.18215 };

    /// <summary>Whether half precision overflows in it.</summary>
    public bool ForceUpcast { get; init; } = true;

    /// <summary>Whether a 1x1 convolution follows the encoder.</summary>
    public bool UseQuantConv { get; init; } = true;

    /// <summary>Whether a 1x1 convolution precedes the decoder.</summary>
    public bool UsePostQuantConv { get; init; } = true;

    /// <summary>Whether the lowest resolution has attention.</summary>
    public bool MidBlockAddAttention { get; init; } = true;

    /// <summary>Pixels per latent, along a side: every resolution but the last halves.</summary>
    public int Factor => 1 << (BlockOutChannels.Length - 1);

    /// <summary>Checks that the settings fit together.</summary>
    /// <exception cref="InvalidDataException">They do not: the message names the setting.</exception>
    public void Validate()
    {
        // The upper bounds lie far above any network there is; a file that passes them is broken, and would ask for all memory.
        Require(BlockOutChannels.Length is > 0 and <= 16, $"block_out_channels has {BlockOutChannels.Length} entries, not 1 to 16");
        Require(BlockOutChannels.All(channels => channels is > 0 and <= 1 << 16), "block_out_channels holds a number that is not in 1..65536");
        Require(EncoderAttention.Length == BlockOutChannels.Length, $"down_block_types has {EncoderAttention.Length} entries where block_out_channels has {BlockOutChannels.Length}");
        Require(DecoderAttention.Length == BlockOutChannels.Length, $"up_block_types has {DecoderAttention.Length} entries where block_out_channels has {BlockOutChannels.Length}");
        Require(InChannels is > 0 and <= 1 << 16 && OutChannels is > 0 and <= 1 << 16, "in_channels and out_channels must be in 1..65536");
        Require(LatentChannels is > 0 and <= 1 << 16, $"latent_channels {LatentChannels} is not in 1..65536");
        Require(LayersPerBlock is > 0 and <= 64, $"layers_per_block {LayersPerBlock} is not in 1..64");
        Require(NormNumGroups > 0 && BlockOutChannels.All(channels => channels % NormNumGroups == 0), $"norm_num_groups {NormNumGroups} does not divide all of block_out_channels");
        Require(SampleSize is { Height: > 0, Width: > 0 }, "sample_size is not positive");
        Require(double.IsFinite(Scale.Factor) && Scale.Factor != 0, $"scaling_factor {Scale.Factor} is no divisor");
        Require(Scale.Mean.Length == Scale.Deviation.Length && (Scale.Mean.Length == 0 || Scale.Mean.Length == LatentChannels),
            $"latents_mean and latents_std have {Scale.Mean.Length} and {Scale.Deviation.Length} entries where latent_channels is {LatentChannels}");
        Require(Scale.Deviation.All(deviation => double.IsFinite(deviation) && deviation > 0), "latents_std holds a number that is not positive");
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidDataException($"The AutoencoderKL configuration is not sound: {otherwise}.");
    }
}
