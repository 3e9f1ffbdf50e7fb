using System.Collections.Immutable;

namespace Levare.Weights;

/// <summary>The modules of a ControlNet under both names: the way down of a U-Net, and what it has beside.</summary>
internal static class ControlNetLayout
{
    // Convolutions of the control picture's way to latents, between which the file counts the activations too.
    private const int InnerConvolutions = 6;

    /// <summary>All modules.</summary>
    /// <param name="encoder">The blocks of the way down.</param>
    /// <param name="exits">How many convolutions lead to the U-Net's skips.</param>
    public static ImmutableArray<ModulePair> Modules(UNetLayout encoder, int exits) =>
    [
        .. encoder.Modules(),
        new("middle_block_out.0", "controlnet_mid_block"),
        .. Enumerable.Range(0, exits).Select(i => new ModulePair($"zero_convs.{i}.0", $"controlnet_down_blocks.{i}")),
        new("input_hint_block.0", "controlnet_cond_embedding.conv_in"),
        .. Enumerable.Range(0, InnerConvolutions).Select(i => new ModulePair($"input_hint_block.{2 * (i + 1)}", $"controlnet_cond_embedding.blocks.{i}")),
        new($"input_hint_block.{2 * (InnerConvolutions + 1)}", "controlnet_cond_embedding.conv_out"),
    ];
}
