using Levare.Adapters;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Adapters;

public sealed class AdapterSpellingTests : IDisposable
{
    private const string Layer = "down_blocks.0.attentions.0.transformer_blocks.0.attn2";
    private const string Text = "text_model.encoder.layers.0.self_attn";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_out_0.lora_{0}.weight", "lora_te_text_model_encoder_layers_0_self_attn_out_proj.lora_{0}.weight", "down", "up")]
    [InlineData("lora_unet_input_blocks_1_1_transformer_blocks_0_attn2_to_out_0.lora_{0}.weight", "lora_te1_text_model_encoder_layers_0_self_attn_out_proj.lora_{0}.weight", "down", "up")]
    [InlineData("unet." + Layer + ".processor.to_out_lora.{0}.weight", "text_encoder." + Text + ".to_out_lora.{0}.weight", "down", "up")]
    [InlineData(Layer + ".processor.to_out_lora.{0}.weight", "text_encoder." + Text + ".to_out_lora.{0}.weight", "down", "up")]
    [InlineData("unet." + Layer + ".to_out.0.lora.{0}.weight", "text_encoder." + Text + ".out_proj.lora_linear_layer.{0}.weight", "down", "up")]
    [InlineData("unet." + Layer + ".to_out.0.lora_{0}.weight", "text_encoder." + Text + ".out_proj.lora_{0}.weight", "A", "B")]
    [InlineData("base_model.model." + Layer + ".to_out.0.lora_{0}.weight", "base_model.model." + Text + ".out_proj.lora_{0}.weight", "A", "B")]
    [InlineData("base_model.model." + Layer + ".to_out.0.lora_{0}.default.weight", "base_model.model.encoder.layers.0.self_attn.out_proj.lora_{0}.default.weight", "A", "B")]
    [InlineData("unet.base_model.model." + Layer + ".to_out.0.lora_{0}.weight", "text_encoder.base_model.model." + Text + ".out_proj.lora_{0}.weight", "A", "B")]
    public void Every_spelling_means_the_same_change(string unet, string text, string down, string up)
    {
        using var scope = NewDisposeScope();
        Tensor unetDown = AdapterFiles.Random(1, 2, 8), unetUp = AdapterFiles.Random(2, 8, 2), textDown = AdapterFiles.Random(3, 2, 6), textUp = AdapterFiles.Random(4, 6, 2);
        using AdapterFile file = AdapterFiles.Open(_folder, [(string.Format(null, unet, down), unetDown), (string.Format(null, unet, up), unetUp), (string.Format(null, text, down), textDown), (string.Format(null, text, up), textUp)]);
        Assert.Equal(0, AdapterFiles.Difference(unetUp.mm(unetDown), AdapterFiles.Delta(file, "unet", Layer + ".to_out.0.weight")));
        Assert.Equal(0, AdapterFiles.Difference(textUp.mm(textDown), AdapterFiles.Delta(file, "text_encoder", Text + ".out_proj.weight")));
    }

    [Fact]
    public void An_alpha_is_divided_by_the_rank_and_a_missing_one_is_the_rank()
    {
        using var scope = NewDisposeScope();
        Tensor down = AdapterFiles.Random(1, 2, 8), up = AdapterFiles.Random(2, 8, 2);
        const string name = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_q";
        using AdapterFile plain = AdapterFiles.Open(_folder, [($"{name}.lora_down.weight", down), ($"{name}.lora_up.weight", up)], name: "plain.safetensors");
        using AdapterFile scaled = AdapterFiles.Open(_folder, [($"{name}.lora_down.weight", down), ($"{name}.lora_up.weight", up), ($"{name}.alpha", tensor(0.5f))], name: "scaled.safetensors");
        Tensor whole = AdapterFiles.Delta(plain, "unet", $"{Layer}.to_q.weight");
        Assert.Equal(0, AdapterFiles.Difference(up.mm(down), whole));
        Assert.Equal(0, AdapterFiles.Difference(whole * 0.25, AdapterFiles.Delta(scaled, "unet", $"{Layer}.to_q.weight")));
        Assert.Equal((2, 0.5), (scaled.Modules[0].Rank, scaled.Modules[0].Alpha));
    }

    [Theory]
    [InlineData("""{"unet.lora_alpha": 1.0, "text_encoder.lora_alpha": 9}""", 0.5)]
    [InlineData("""{"unet.lora_alpha": 8, "unet.alpha_pattern": {"attn2.to_q": 1.0}}""", 0.5)]
    [InlineData("""{"unet.lora_alpha": 8, "unet.alpha_pattern": {"ttn2.to_q": 1.0}}""", 4)]
    [InlineData("""{"unet.lora_alpha": 4, "unet.use_rslora": true}""", 2.8284271247461903)]
    public void The_header_of_a_PEFT_file_tells_the_scale(string metadata, double scale)
    {
        using var scope = NewDisposeScope();
        Tensor down = AdapterFiles.Random(1, 2, 8), up = AdapterFiles.Random(2, 8, 2);
        using AdapterFile file = AdapterFiles.Open(
            _folder, [($"unet.{Layer}.to_q.lora_A.weight", down), ($"unet.{Layer}.to_q.lora_B.weight", up)],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["lora_adapter_metadata"] = metadata });
        Assert.True(AdapterFiles.Difference(up.mm(down) * scale, AdapterFiles.Delta(file, "unet", $"{Layer}.to_q.weight")) < 1e-6);
    }

    [Fact]
    public void The_settings_beside_a_PEFT_file_tell_the_scale()
    {
        using var scope = NewDisposeScope();
        Tensor down = AdapterFiles.Random(1, 2, 8), up = AdapterFiles.Random(2, 8, 2);
        _folder.Write("adapter_config.json", """{"peft_type": "LORA", "r": 2, "lora_alpha": 6, "alpha_pattern": {}, "use_rslora": false}""");
        SafetensorsWriter.Write(_folder.File("adapter_model.safetensors"), new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            [$"base_model.model.{Layer}.to_q.lora_A.weight"] = down,
            [$"base_model.model.{Layer}.to_q.lora_B.weight"] = up,
        });
        using AdapterFile file = AdapterFile.Open(_folder.Path);
        Assert.Equal(0, AdapterFiles.Difference(up.mm(down) * 3, AdapterFiles.Delta(file, "unet", $"{Layer}.to_q.weight")));
    }

    [Fact]
    public void A_linear_change_fits_a_convolution_of_one_pixel_and_a_norm_has_a_full_one()
    {
        using var scope = NewDisposeScope();
        Tensor down = AdapterFiles.Random(1, 2, 8), up = AdapterFiles.Random(2, 8, 2), norm = AdapterFiles.Random(3, 8), bias = AdapterFiles.Random(4, 8);
        using AdapterFile file = AdapterFiles.Open(_folder,
        [
            ("lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight", down), ("lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight", up),
            ("lora_unet_down_blocks_0_resnets_0_norm1.w_norm", norm), ("lora_unet_down_blocks_0_resnets_0_norm1.b_norm", bias),
        ]);
        Tensor delta = AdapterFiles.Delta(file, "unet", "down_blocks.0.attentions.0.proj_in.weight", zeros(8, 8, 1, 1));
        Assert.Equal(0, AdapterFiles.Difference(up.mm(down).view(8, 8, 1, 1), delta));
        Assert.Equal(0, AdapterFiles.Difference(norm, AdapterFiles.Delta(file, "unet", "down_blocks.0.resnets.0.norm1.weight")));
        Assert.Equal(0, AdapterFiles.Difference(bias, AdapterFiles.Delta(file, "unet", "down_blocks.0.resnets.0.norm1.bias", zeros(8))));
    }

    [Fact]
    public void A_layer_under_both_of_its_names_changes_once_by_the_networks_own()
    {
        using var scope = NewDisposeScope();
        Tensor down = AdapterFiles.Random(1, 2, 8), up = AdapterFiles.Random(2, 8, 2);
        const string own = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_q", old = "lora_unet_input_blocks_1_1_transformer_blocks_0_attn2_to_q";
        using AdapterFile file = AdapterFiles.Open(_folder, [($"{own}.lora_down.weight", down), ($"{own}.lora_up.weight", up), ($"{old}.lora_down.weight", down), ($"{old}.lora_up.weight", up * 2)]);
        Assert.Equal(0, AdapterFiles.Difference(up.mm(down), AdapterFiles.Delta(file, "unet", $"{Layer}.to_q.weight")));
    }

    [Fact]
    public void An_adapter_in_torchs_own_format_is_read_without_running_it()
    {
        byte[] one = [.. Enumerable.Repeat(BitConverter.GetBytes(1f), 16).SelectMany(bytes => bytes)];
        Levare.Tests.Weights.PickleBuilder pickle = new();
        pickle.Op('}').Op('(')
            .Text($"unet.{Layer}.to_q.lora_A.weight").Tensor("0", 16, 0, [2, 8], [8, 1])
            .Text($"unet.{Layer}.to_q.lora_B.weight").Tensor("0", 16, 0, [8, 2], [2, 1]).Op('u');
        string path = _folder.Write("adapter.bin", Levare.Tests.Weights.PickleBuilder.Archive(pickle.Stop(), ("model/data/0", one)));
        using AdapterFile file = AdapterFile.Open(path);
        using Tensor two = full([8, 8], 2f), delta = AdapterFiles.Delta(file, "unet", $"{Layer}.to_q.weight");
        Assert.Equal(0, AdapterFiles.Difference(two, delta));
    }
}
