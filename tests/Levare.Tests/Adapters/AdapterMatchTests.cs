using System.Collections.Immutable;
using Levare.Adapters;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Adapters;

public sealed class AdapterMatchTests : IDisposable
{
    private const string Fits = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_q";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_adapter_for_another_model_is_an_error_that_lists_what_does_not_fit()
    {
        using var scope = NewDisposeScope();
        using AdapterFile file = AdapterFiles.Open(_folder,
        [
            .. Module(Fits, 8, 8), .. Module("lora_unet_input_blocks_4_1_transformer_blocks_9_attn2_to_q", 8, 8),
            .. Module("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k", 8, 2048), .. Module("lora_te2_text_model_encoder_layers_0_self_attn_q_proj", 6, 6),
            ("bundle_emb.token.string_to_param", zeros(1)),
        ]);
        string message = Assert.Throws<InvalidDataException>(() => file.Match(AdapterFiles.Targets)).Message;
        Assert.Contains("made for Stable Diffusion XL", message, StringComparison.Ordinal);
        Assert.Contains("Of its 4 modules and 1 other keys, 4 found no weight in unet, text_encoder", message, StringComparison.Ordinal);
        Assert.Contains("'lora_unet_input_blocks_4_1_transformer_blocks_9_attn2_to_q' is no layer of the model", message, StringComparison.Ordinal);
        Assert.Contains("to_k' changes a weight [8, 2048], where 'down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k' of unet has [8, 6]", message, StringComparison.Ordinal);
        Assert.Contains("'lora_te2_text_model_encoder_layers_0_self_attn_q_proj' is no layer", message, StringComparison.Ordinal);
        Assert.Contains("'bundle_emb.token.string_to_param' is no key of an adapter", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unmatched_modules_are_only_reported_where_they_are_allowed()
    {
        using var scope = NewDisposeScope();
        using AdapterFile file = AdapterFiles.Open(_folder, [.. Module(Fits, 8, 8), .. Module("lora_te2_text_model_encoder_layers_0_self_attn_q_proj", 6, 6)]);
        AdapterMatch match = file.Match(AdapterFiles.Targets, Strictness.ReportOnly);
        Assert.Equal("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q.weight", Assert.Single(match.Changes).Key);
        Assert.Equal("lora_te2_text_model_encoder_layers_0_self_attn_q_proj", Assert.Single(match.Unmatched).Name);
    }

    [Fact]
    public void An_adapter_of_which_nothing_fits_is_an_error_even_where_unmatched_modules_are_allowed()
    {
        using var scope = NewDisposeScope();
        using AdapterFile file = AdapterFiles.Open(_folder, Module("lora_te2_text_model_encoder_layers_0_self_attn_q_proj", 6, 6));
        Assert.Throws<InvalidDataException>(() => file.Match(AdapterFiles.Targets, Strictness.ReportOnly));
    }

    [Fact]
    public void A_change_of_a_bias_needs_a_layer_with_one()
    {
        using var scope = NewDisposeScope();
        using AdapterFile file = AdapterFiles.Open(_folder, [("lora_unet_down_blocks_0_resnets_0_conv1.diff", zeros(8, 8, 3, 3)), ("lora_unet_down_blocks_0_resnets_0_conv1.diff_b", zeros(8))]);
        string message = Assert.Throws<InvalidDataException>(() => file.Match(AdapterFiles.Targets)).Message;
        Assert.Contains("changes a bias [8], where 'down_blocks.0.resnets.0.conv1' of unet has none", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_names_of_layers_in_single_files_are_counted_through()
    {
        string[] layers = [.. from stage in (int[])[0, 1, 2] from layer in (int[])[0, 1] select $"down_blocks.{stage}.resnets.{layer}.conv1",
            .. from stage in (int[])[1, 2] from layer in (int[])[0, 1] select $"down_blocks.{stage}.attentions.{layer}.proj_in",
            "down_blocks.0.downsamplers.0.conv", "down_blocks.1.downsamplers.0.conv",
            .. from stage in (int[])[0, 1, 2] from layer in (int[])[0, 1, 2] select $"up_blocks.{stage}.resnets.{layer}.conv1",
            .. from stage in (int[])[0, 1] from layer in (int[])[0, 1, 2] select $"up_blocks.{stage}.attentions.{layer}.proj_in",
            "up_blocks.0.upsamplers.0.conv", "up_blocks.1.upsamplers.0.conv", "mid_block.resnets.1.conv_shortcut", "add_embedding.linear_2"];
        AdapterTargets targets = AdapterTargets.None.With("unet", layers.Select(layer => KeyValuePair.Create($"{layer}.weight", ImmutableArray.Create(1L))));
        // As in Stable Diffusion XL's published checkpoint.
        Assert.Equal("down_blocks.0.downsamplers.0.conv", Layer("input_blocks_3_0_op"));
        Assert.Equal("down_blocks.1.attentions.0.proj_in", Layer("input_blocks_4_1_proj_in"));
        Assert.Equal("down_blocks.2.resnets.1.conv1", Layer("input_blocks_8_0_in_layers_2"));
        Assert.Equal("up_blocks.0.upsamplers.0.conv", Layer("output_blocks_2_2_conv"));
        Assert.Equal("up_blocks.1.attentions.2.proj_in", Layer("output_blocks_5_1_proj_in"));
        Assert.Equal("up_blocks.2.resnets.2.conv1", Layer("output_blocks_8_0_in_layers_2"));
        Assert.Equal("mid_block.resnets.1.conv_shortcut", Layer("middle_block_2_skip_connection"));
        Assert.Equal("add_embedding.linear_2", Layer("label_emb_0_2"));

        string Layer(string name) => Assert.Single(targets.Find($"lora_unet_{name}")).Layer;
    }

    private static (string, Tensor)[] Module(string name, long output, long input) =>
        [($"{name}.lora_down.weight", AdapterFiles.Random(1, 2, input)), ($"{name}.lora_up.weight", AdapterFiles.Random(2, output, 2))];
}
