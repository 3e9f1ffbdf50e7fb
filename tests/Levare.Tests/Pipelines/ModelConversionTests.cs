using System.Text.RegularExpressions;
using Levare.Conditioning.Clip;
using Levare.Pipelines;
using Levare.Tests.Weights.SingleFile;
using Levare.Verification;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

public sealed partial class ModelConversionTests
{
    [Theory]
    [InlineData("sd/sd15_single")]
    [InlineData("sd/sdxl_single")]
    [InlineData("sd/sd21_single")]
    public void A_single_file_becomes_a_folder_and_the_same_file_again(string name)
    {
        using TemporaryFolder folder = new();
        using GoldenCase golden = Golden.Open(name);
        string file = SingleFileGolden.File(golden)!, model = folder.File("model"), again = folder.File("again.safetensors");
        ModelConversion.Convert(file, model, new() { Configuration = SingleFileGolden.Configuration(golden) });
        ModelConversion.Convert(model, again);
        using IWeights expected = WeightsFile.Open(file), actual = WeightsFile.Open(again);
        // Tables of the schedule, an unused scale, and in Stable Diffusion 2 the last layer and the projection are of no part.
        string[] left = [.. expected.Entries.Keys.Except(actual.Entries.Keys)];
        Assert.All(left, key => Assert.Matches(@"^denoiser\.|logit_scale$|^cond_stage_model\.model\.(text_projection$|transformer\.resblocks\.3\.)", key));
        AssertSame(expected, actual, actual.Entries.Keys, key => key);
    }

    [Fact]
    public void A_folder_becomes_a_single_file_in_the_layout_that_such_models_are_published_in()
    {
        using TemporaryFolder folder = new();
        using GoldenCase golden = Golden.Open("sd/sd15_single");
        string source = Path.Combine(Golden.Folder!, "sd", "sd15_model"), target = folder.File("x.safetensors");
        ModelConversion.Convert(source, target);
        using IWeights published = WeightsFile.Open(SingleFileGolden.File(golden)!), written = WeightsFile.Open(target);
        Assert.Equal(Layout(published), Layout(written).Intersect(Layout(published)));
        Assert.All(Layout(written).Except(Layout(published)), key => Assert.Contains("skip_connection", key, StringComparison.Ordinal));
        SingleFileModel model = SingleFileModel.Open(target, source);
        foreach (string part in new[] { "unet", "vae", "text_encoder" })
        {
            using IWeights original = ModelFolder.Open(source).Component(part).OpenWeights(), back = model.Component(part).OpenWeights();
            Assert.Equal(original.Entries.Keys.Order(StringComparer.Ordinal), back.Entries.Keys.Order(StringComparer.Ordinal));
            AssertSame(original, back, original.Entries.Keys, key => key);
        }
    }

    [Fact]
    public void A_pickled_checkpoint_becomes_safetensors_under_the_same_keys()
    {
        using TemporaryFolder folder = new();
        using GoldenCase golden = Golden.Open("sd/sd15_single_ckpt");
        string file = SingleFileGolden.File(golden)!;
        ModelConversion.Convert(file, folder.File("x.safetensors"));
        using IWeights pickled = WeightsFile.Open(file);
        using SafetensorsFile written = SafetensorsFile.Open(folder.File("x.safetensors"));
        Assert.NotEmpty(written.Entries);
        AssertSame(pickled, written, written.Entries.Keys, key => $"state_dict.{key}");
        SingleFileModel.Open(written.Path);
    }

    [Fact]
    public void Weights_change_their_type_are_named_for_a_variant_and_split_into_files_of_a_size()
    {
        using TemporaryFolder folder = new();
        string source = Path.Combine(Golden.Folder ?? "", "sd", "sd15_small_model"), target = folder.File("model");
        Assert.SkipWhen(!Directory.Exists(source), "the golden models are not beside this checkout");
        ModelConversion.Convert(source, target, new() { Type = ScalarType.Float16, TargetVariant = "fp16", LargestShard = 20_000 });
        Assert.True(File.Exists(Path.Combine(target, "unet", "diffusion_pytorch_model.safetensors.index.fp16.json")));
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(target, "text_encoder"), "model.fp16-00001-of-*.safetensors"));
        ModelFolder model = ModelFolder.Open(target);
        using IWeights expected = ModelFolder.Open(source).Component("unet").OpenWeights(), actual = model.Component("unet").OpenWeights("fp16");
        Assert.All(actual.Entries.Values, entry => Assert.Equal(ScalarType.Float16, entry.Type));
        AssertSame(expected, actual, expected.Entries.Keys, key => key, ScalarType.Float16);
        Assert.Equal(ClipTokenizer.Load(Path.Combine(source, "tokenizer")).Encode("a cat"), ClipTokenizer.Load(Path.Combine(target, "tokenizer")).Encode("a cat"));
    }

    [Fact]
    public void A_folder_made_of_a_file_alone_has_the_published_tokeniser_and_scheduler()
    {
        using TemporaryFolder folder = new();
        string published = Tests.Weights.TinyModel.Folder(folder.File("published"), width: 32, groups: 32);
        ModelConversion.Convert(Tests.Weights.TinyModel.SingleFile(published, folder.File("x.safetensors")), folder.File("model"));
        ModelFolder model = ModelFolder.Open(folder.File("model"));
        Assert.Equal(SingleFileModel.Open(folder.File("x.safetensors")).Component("scheduler").ClassName, model.Component("scheduler").ClassName);
        ClipTokenizer tokenizer = ClipTokenizer.Load(model.PartFolder("tokenizer"));
        Assert.Equal([49406, 320, 2368, 49407], tokenizer.Encode("a cat"));
        Assert.Equal(49407, tokenizer.PaddingNumber);
        ClipTokenizerFiles.Write(Directory.CreateDirectory(folder.File("second")).FullName, "!");
        Assert.Equal(0, ClipTokenizer.Load(folder.File("second")).PaddingNumber);
    }

    [Fact]
    public void A_text_encoder_keeps_its_layers_whichever_way_its_model_goes()
    {
        using TemporaryFolder folder = new();
        using GoldenCase golden = Golden.Open("sd/sd21_single");
        string file = folder.File("x.safetensors");
        ModelConversion.Convert(SingleFileGolden.Configuration(golden), file);
        Assert.Equal(3, SingleFileModel.Open(file).Component("text_encoder").Config.GetProperty("num_hidden_layers").GetInt32());
        Assert.Equal(3, SingleFileModel.Open(SingleFileGolden.File(golden)!).Component("text_encoder").Config.GetProperty("num_hidden_layers").GetInt32());
    }

    [Fact]
    public void What_a_model_predicts_is_written_into_its_file()
    {
        using TemporaryFolder folder = new();
        using GoldenCase first = Golden.Open("sd/sd15_single"), second = Golden.Open("sd/sd21_single");
        string model = Path.Combine(Golden.Folder!, "sd", "sd15_model");
        ModelConversion.Convert(model, folder.File("first.safetensors"));
        ModelConversion.Convert(SingleFileGolden.Configuration(second), folder.File("second.safetensors"));
        Assert.Equal("epsilon", Prediction("first.safetensors"));
        Assert.Equal("v_prediction", Prediction("second.safetensors"));

        string? Prediction(string name) => SingleFileModel.Open(folder.File(name)).Component("scheduler").Config.GetProperty("prediction_type").GetString();
    }

    [Fact]
    public void Weights_that_are_not_finite_are_an_error_that_names_file_and_key()
    {
        using TemporaryFolder folder = new();
        using Tensor broken = tensor(new[] { 1f, float.NaN }), large = tensor(new[] { 1e6f });
        SafetensorsWriter.Write(folder.File("nan.safetensors"), [new("a.weight", broken)]);
        SafetensorsWriter.Write(folder.File("large.safetensors"), [new("b.weight", large)]);
        string message = Assert.Throws<InvalidDataException>(() => ModelConversion.Convert(folder.File("nan.safetensors"), folder.File("x.safetensors"))).Message;
        Assert.Contains("nan.safetensors: 'a.weight' has values that are not finite", message, StringComparison.Ordinal);
        message = Assert.Throws<InvalidDataException>(() => ModelConversion.Convert(folder.File("large.safetensors"), folder.File("x.safetensors"), new() { Type = ScalarType.Float16 })).Message;
        Assert.Contains("'b.weight' has values that are too large for Float16", message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("x.safetensors")));
    }

    [Fact]
    public void A_folder_that_could_not_be_finished_is_not_left_half_written()
    {
        using TemporaryFolder folder = new();
        using var scope = NewDisposeScope();
        const string key = "first_stage_model.decoder.mid.attn_1.q.weight";
        string model = Tests.Weights.TinyModel.Folder(folder.File("model")), target = folder.File("target"), empty = Directory.CreateDirectory(folder.File("empty")).FullName;
        using SafetensorsFile sound = SafetensorsFile.Open(Tests.Weights.TinyModel.SingleFile(model, folder.File("sound.safetensors")));
        SafetensorsWriter.Write(folder.File("x.safetensors"), sound.Entries.Keys.Select(each => KeyValuePair.Create(each, each == key ? sound.Load(each) / 0 : sound.Load(each))));
        foreach (string place in new[] { target, empty })
        {
            string message = Assert.Throws<InvalidDataException>(() => ModelConversion.Convert(folder.File("x.safetensors"), place, new() { Configuration = model })).Message;
            Assert.Contains($"x.safetensors: '{key}'", message, StringComparison.Ordinal);
            Assert.Contains("AllowNotFinite", message, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(target));
        Assert.Empty(Directory.EnumerateFileSystemEntries(empty));
    }

    [Fact]
    public void A_file_of_an_unusual_shape_asks_for_its_configurations()
    {
        using TemporaryFolder folder = new();
        string model = Tests.Weights.TinyModel.Folder(folder.File("model")), file = Tests.Weights.TinyModel.SingleFile(model, folder.File("x.safetensors"));
        Assert.Contains("--config FOLDER", Assert.Throws<InvalidDataException>(() => ModelConversion.Convert(file, folder.File("target"))).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("target")));
        Assert.Contains("unusual shape", Assert.Throws<InvalidDataException>(() => ImageModel.Load(file)).Message, StringComparison.Ordinal);
        ModelConversion.Convert(file, folder.File("target"), new() { Configuration = model });
    }

    [Fact]
    public void What_exists_is_never_written_over()
    {
        using TemporaryFolder folder = new();
        using Tensor any = zeros(1);
        SafetensorsWriter.Write(folder.File("x.safetensors"), [new("a", any)]);
        Assert.Throws<IOException>(() => ModelConversion.Convert(folder.File("x.safetensors"), folder.File("x.safetensors")));
        Assert.Throws<IOException>(() => ModelConversion.Convert(folder.File("x.safetensors"), folder.Path));
        Assert.Throws<NotSupportedException>(() => ModelConversion.Convert(folder.File("x.safetensors"), folder.File("x.ckpt")));
    }

    private static void AssertSame(IWeights expected, IWeights actual, IEnumerable<string> keys, Func<string, string> expectedKey, ScalarType? type = null)
    {
        foreach (string key in keys)
        {
            using Tensor left = expected.Load(expectedKey(key), type), right = actual.Load(key);
            Assert.True(left.shape.SequenceEqual(right.shape) && left.dtype == right.dtype && left.Equals(right), key);
        }
    }

    // Keys without their numbers: the models have different depths.
    private static string[] Layout(IWeights weights) => [.. weights.Entries.Keys.Select(key => Number().Replace(key, ".#")).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"\.\d+")]
    private static partial Regex Number();
}
