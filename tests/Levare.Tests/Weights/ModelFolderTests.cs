using System.Text;
using System.Text.Json.Nodes;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class ModelFolderTests
{
    [Fact]
    public void A_model_that_is_written_is_read_again()
    {
        using TemporaryFolder folder = new();
        using Tensor weight = randn(4, 3);
        ModelComponent.Write(folder.File("unet"), new JsonObject { ["_class_name"] = "UNet2DModel", ["in_channels"] = 3 }, [new("w", weight)]);
        folder.Write("scheduler/scheduler_config.json", """{"_class_name": "DDIMScheduler", "sigma_max": Infinity}"""u8.ToArray());
        ModelFolder.WriteIndex(folder.Path, "DDPMPipeline",
            [new("unet", "diffusers", "UNet2DModel"), new("scheduler", "diffusers", "DDIMScheduler")], new JsonObject { ["_levare"] = 1 });
        ModelFolder model = ModelFolder.Open(folder.Path);
        Assert.Equal("DDPMPipeline", model.ClassName);
        Assert.Equal(["unet", "scheduler"], model.Parts.Select(part => part.Name));
        Assert.Equal(1, model.Index.GetProperty("_levare").GetInt32());
        Assert.Equal("DDIMScheduler", model.Component("scheduler").ClassName);
        ModelComponent unet = model.Component("unet");
        Assert.Equal(3, unet.Config.GetProperty("in_channels").GetInt32());
        using IWeights weights = unet.OpenWeights();
        using Tensor read = weights.Load("w");
        Assert.True(read.Equals(weight));
    }

    [Theory]
    [InlineData(null, "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin diffusion_pytorch_model.safetensors diffusion_pytorch_model.fp16.safetensors")]
    [InlineData("fp16", "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.bin diffusion_pytorch_model.safetensors diffusion_pytorch_model.fp16.safetensors")]
    [InlineData(null, "diffusion_pytorch_model.bf16.safetensors", "diffusion_pytorch_model.bf16.safetensors")]
    [InlineData(null, "model.safetensors", "model.safetensors pytorch_model.bin model.fp16.safetensors")]
    [InlineData(null, "pytorch_model.bin", "pytorch_model.bin")]
    [InlineData(null, "model.safetensors.index.json", "model.safetensors.index.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors")]
    [InlineData("fp16", "diffusion_pytorch_model.safetensors.index.fp16.json", "diffusion_pytorch_model.safetensors.index.fp16.json diffusion_pytorch_model.fp16-00001-of-00002.safetensors")]
    [InlineData("fp16", "diffusion_pytorch_model.fp16.safetensors.index.json", "diffusion_pytorch_model.fp16.safetensors.index.json diffusion_pytorch_model-00001-of-00002.fp16.safetensors")]
    [InlineData("non_ema", "diffusion_pytorch_model.non_ema.safetensors", "diffusion_pytorch_model.non_ema.safetensors diffusion_pytorch_model.safetensors")]
    public void The_weights_of_a_variant_are_found(string? variant, string expected, string files)
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", "{}"u8.ToArray());
        foreach (string file in files.Split(' ')) folder.Write(file, []);
        Assert.Equal(expected, Path.GetFileName(ModelComponent.Open(folder.Path).FindWeights(variant)));
    }

    [Fact]
    public void A_variant_that_is_not_there_is_an_error_that_lists_those_that_are()
    {
        using TemporaryFolder folder = new();
        folder.Write("config.json", "{}"u8.ToArray());
        folder.Write("model.safetensors", []);
        folder.Write("model.fp16.safetensors", []);
        string message = Assert.Throws<FileNotFoundException>(() => ModelComponent.Open(folder.Path).FindWeights("bf16")).Message;
        Assert.Contains("'bf16'", message, StringComparison.Ordinal);
        Assert.Contains("(plain), fp16", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_are_written_in_as_many_files_as_asked_for_and_read_as_one()
    {
        using TemporaryFolder folder = new();
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = Enumerable.Range(0, 5).ToDictionary(i => $"w{i}", i => full(10, i, dtype: ScalarType.Float32));
        ShardedWeights.Write(folder.Path, "model", tensors, largestShard: 90);
        Assert.Equal(
            ["model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors", "model.safetensors.index.json"],
            Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using IWeights weights = WeightsFile.Open(folder.File("model.safetensors.index.json"));
        Assert.Equal(tensors.Keys, weights.Entries.Keys.Order(StringComparer.Ordinal));
        foreach ((string key, Tensor expected) in tensors) Assert.True(weights.Load(key).Equals(expected), key);
    }

    [Fact]
    public void What_an_earlier_writing_left_is_not_read_again()
    {
        using TemporaryFolder folder = new();
        using Tensor old = zeros(10), fresh = ones(10);
        folder.Write("model.fp16.safetensors", []);
        ShardedWeights.Write(folder.Path, "model", [new("a", old)]);
        ShardedWeights.Write(folder.Path, "model", [new("a", fresh), new("b", fresh)], largestShard: 10);
        Assert.False(File.Exists(folder.File("model.safetensors")));
        ShardedWeights.Write(folder.Path, "model", [new("a", old)]);
        Assert.Equal(["model.fp16.safetensors", "model.safetensors"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("../secret.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("sub\\\\x.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("model.safetensors.index.fp16.json")]
    public void An_index_that_leaves_its_folder_is_refused(string file)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("model.safetensors.index.json", Encoding.UTF8.GetBytes($$"""{"weight_map": { "w": "{{file}}" } }"""));
        Assert.Contains("not a file of weights beside it", Assert.Throws<InvalidDataException>(() => WeightsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_names_a_key_its_file_lacks_is_refused()
    {
        using TemporaryFolder folder = new();
        using Tensor weight = ones(1);
        SafetensorsWriter.Write(folder.File("a.safetensors"), [new("w", weight)]);
        string path = folder.Write("model.safetensors.index.json", """{"weight_map": {"w": "a.safetensors", "v": "a.safetensors"}}"""u8.ToArray());
        Assert.Contains("does not hold 'v'", Assert.Throws<InvalidDataException>(() => WeightsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("7")]
    public void A_broken_index_is_refused_with_its_path(string json)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("model_index.json", Encoding.UTF8.GetBytes(json));
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => ModelFolder.Open(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_whose_name_leaves_the_folder_is_no_part()
    {
        using TemporaryFolder folder = new();
        folder.Write("model_index.json", """{"_class_name": "X", "../other": ["a", "b"], "gone": [null, null], "unet": ["diffusers", "UNet2DModel"], "flag": true}"""u8.ToArray());
        ModelFolder model = ModelFolder.Open(folder.Path);
        Assert.Equal(["unet"], model.Parts.Select(part => part.Name));
        Assert.Contains("it has unet", Assert.Throws<KeyNotFoundException>(() => model.Component("../other")).Message, StringComparison.Ordinal);
    }
}
