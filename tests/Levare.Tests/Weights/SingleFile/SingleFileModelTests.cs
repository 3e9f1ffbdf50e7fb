using System.Text.Json;
using Levare.Conditioning.Clip;
using Levare.Networks.Autoencoders;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Verification;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights.SingleFile;

public sealed class SingleFileModelTests
{
    public static TheoryData<string> Models => SingleFileGolden.Models();

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Models))]
    public void Every_network_of_a_single_file_loads_with_no_key_left_over_and_none_missing(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        SingleFileModel model = SingleFileGolden.Open(golden);
        using UNet2DCondition unet = UNet2DCondition.Load(model.Component("unet"));
        using Autoencoder vae = Autoencoder.Load(model.Component("vae"));
        using ClipTextModel text = ClipTextModel.Load(model.Component("text_encoder"));
        if (model.Has("text_encoder_2")) ClipTextModel.Load(model.Component("text_encoder_2")).Dispose();
        Assert.Equal(ModelFolder.Open(SingleFileGolden.Configuration(golden)).ClassName, model.ClassName);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Models))]
    public void Sizes_that_the_shapes_tell_are_those_of_the_configurations(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        SingleFileModel derived = SingleFileModel.Open(SingleFileGolden.File(golden)!), configured = SingleFileGolden.Open(golden);
        Assert.Equal(configured.ClassName, derived.ClassName);
        // Where it has no published counterpart: the goldens are small, and widths of heads and groups leave no trace in shapes.
        string[] free = ["attention_head_dim", "norm_num_groups", "num_attention_heads", "projection_dim", "_diffusers_version", "transformers_version", "torch_dtype"];
        foreach (ModelPart part in derived.Parts.Where(part => part.Name is not ("tokenizer" or "tokenizer_2")))
        {
            JsonElement expected = configured.Component(part.Name).Config;
            foreach (JsonProperty property in derived.Component(part.Name).Config.EnumerateObject().Where(property => !free.Contains(property.Name)))
                if (expected.TryGetProperty(property.Name, out JsonElement value))
                    Assert.True(JsonElement.DeepEquals(value, property.Value) || SameNumbers(value, property.Value), $"{part.Name}: {property.Name} is {property.Value.GetRawText()}, not {value.GetRawText()}");
        }
    }

    [Fact]
    public void A_pickled_checkpoint_gives_the_tensors_of_the_safetensors_one()
    {
        using GoldenCase pickled = Golden.Open("sd/sd15_single_ckpt"), plain = Golden.Open("sd/sd15_single_fp16");
        SingleFileModel one = SingleFileGolden.Open(pickled), other = SingleFileGolden.Open(plain);
        foreach (string part in new[] { "unet", "vae", "text_encoder" })
        {
            using IWeights ones = one.Component(part).OpenWeights(), others = other.Component(part).OpenWeights();
            Assert.Equal(others.Entries.Keys.Order(StringComparer.Ordinal), ones.Entries.Keys.Order(StringComparer.Ordinal));
            foreach (string key in ones.Entries.Keys.Where(key => !key.EndsWith("position_ids", StringComparison.Ordinal)))
            {
                using Tensor left = ones.Map(key), right = others.Load(key);
                Assert.True(left.Equals(right), key);
            }
        }
    }

    [Fact]
    public void An_autoencoder_alone_is_a_model_of_one_part_and_opens_with_the_configuration_of_a_folder()
    {
        using GoldenCase golden = Golden.Open("sd/sd15_single_vae");
        string file = SingleFileGolden.File(golden)!;
        Assert.Equal("vae", Assert.Single(SingleFileModel.Open(file).Parts).Name);
        using Autoencoder vae = Autoencoder.Load(SingleFileModel.OpenPart(file, "vae", SingleFileGolden.Configuration(golden)));
        using var noGradient = no_grad();
        using Tensor latent = golden.Tensors.Load("z"), decoded = vae.Decode(latent), expected = golden.Tensors.Load("decoded");
        Assert.True(decoded.allclose(expected, 1e-4, 1e-5));
    }

    [Theory]
    [InlineData("model.diffusion_model.input_blocks.0.0.weight", "conv_in.weight")]
    [InlineData("decoder.conv_in.weight|decoder.mid.block_1.norm1.weight", "autoencoder has no blocks")]
    public void Tensors_that_are_too_flat_to_tell_a_size_are_an_error_that_names_the_file(string keys, string reason)
    {
        using TemporaryFolder folder = new();
        using Tensor number = zeros([]);
        string path = folder.File("x.safetensors");
        SafetensorsWriter.Write(path, keys.Split('|').ToDictionary(key => key, _ => number));
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => SingleFileModel.Open(path));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_nothing_but_dots_is_refused_at_once()
    {
        using TemporaryFolder folder = new();
        using Tensor number = zeros([]);
        string path = folder.File("x.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor> { ["model.diffusion_model.input_blocks." + new string('.', 2_000_000)] = number });
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => SingleFileModel.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_not_finite_are_named_as_the_file_names_them()
    {
        using TemporaryFolder folder = new();
        using var scope = NewDisposeScope();
        string model = TinyModel.Folder(folder.File("model"));
        using SafetensorsFile sound = SafetensorsFile.Open(TinyModel.SingleFile(model, folder.File("sound.safetensors")));
        const string key = "first_stage_model.decoder.mid.attn_1.q.weight";
        SafetensorsWriter.Write(folder.File("x.safetensors"), sound.Entries.Keys.Select(each => KeyValuePair.Create(each, each == key ? sound.Load(each) / 0 : sound.Load(each))));
        SingleFileModel broken = SingleFileModel.Open(folder.File("x.safetensors"), model);
        Assert.Contains($"x.safetensors: '{key}'", Assert.Throws<InvalidDataException>(() => Autoencoder.Load(broken.Component("vae"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Layers_and_projections_that_the_configuration_does_not_have_are_left_out()
    {
        using GoldenCase golden = Golden.Open("sd/sd21_single");
        using IWeights weights = SingleFileGolden.Open(golden).Component("text_encoder").OpenWeights();
        Assert.DoesNotContain(weights.Entries.Keys, key => key.Contains("layers.3.", StringComparison.Ordinal) || key.StartsWith("text_projection", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_folder_the_tokeniser_is_the_one_of_all_published_models_with_the_padding_of_the_kind()
    {
        using GoldenCase first = Golden.Open("sd/sd15_single"), second = Golden.Open("sd/sd21_single");
        ClipTokenizer one = ClipTokenizer.Load(SingleFileModel.Open(SingleFileGolden.File(first)!).Component("tokenizer"));
        ClipTokenizer other = ClipTokenizer.Load(SingleFileModel.Open(SingleFileGolden.File(second)!).Component("tokenizer"));
        Assert.Equal([49406, 320, 2368, 49407], one.Encode("a cat"));
        Assert.Equal((49407, 0, 77), (one.PaddingNumber, other.PaddingNumber, other.Length));
    }

    [Fact]
    public void Tensors_that_belong_to_nothing_are_an_error_that_lists_them()
    {
        using TemporaryFolder folder = new();
        using GoldenCase golden = Golden.Open("sd/sd15_single_vae");
        using SafetensorsFile vae = SafetensorsFile.Open(SingleFileGolden.File(golden)!);
        using Tensor extra = zeros(2);
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(folder.File("x.safetensors"), [.. vae.Entries.Keys.Select(key => KeyValuePair.Create(key, vae.Load(key))), new("decoder.extra.weight", extra)]);
        Assert.Contains("1 tensors that belong to no part of the model: decoder.extra.weight", Assert.Throws<InvalidDataException>(() => SingleFileModel.Open(folder.File("x.safetensors"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.diffusion_model.joint_blocks.0.x.weight", "Stable Diffusion 3")]
    [InlineData("double_blocks.0.img_attn.qkv.weight", "FLUX")]
    [InlineData("control_model.input_blocks.0.0.weight", "a ControlNet")]
    public void Models_of_other_kinds_are_named(string key, string expected)
    {
        using TemporaryFolder folder = new();
        using Tensor any = zeros(2);
        SafetensorsWriter.Write(folder.File("x.safetensors"), [new(key, any)]);
        Assert.Contains($"holds {expected}", Assert.Throws<NotSupportedException>(() => ModelFiles.Open(folder.File("x.safetensors"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_no_known_layout_is_an_error_that_shows_its_keys()
    {
        using TemporaryFolder folder = new();
        using Tensor any = zeros(2);
        SafetensorsWriter.Write(folder.File("x.safetensors"), [new("strange.weight", any)]);
        string message = Assert.Throws<InvalidDataException>(() => ModelFiles.Open(folder.File("x.safetensors"))).Message;
        Assert.Contains("no model of a known layout", message, StringComparison.Ordinal);
        Assert.Contains("strange.weight", message, StringComparison.Ordinal);
    }

    private static bool SameNumbers(JsonElement one, JsonElement other) =>
        one.ValueKind == JsonValueKind.Number && other.ValueKind == JsonValueKind.Number && one.GetDouble() == other.GetDouble();
}
