using Levare.Networks;
using Levare.Networks.Blocks;
using Levare.Pipelines;
using Levare.Runtime;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class NetworkWeightsTests
{
    [Fact]
    public void A_network_made_without_weights_computes_with_those_of_the_file_wherever_it_keeps_them()
    {
        using TemporaryFolder folder = new();
        using var noGradient = no_grad();
        using Mixed original = new();
        using IWeights weights = Save(folder, original.state_dict());
        using Mixed loaded = CheckpointMap.Identity.Make(() => new Mixed(), weights);
        weights.Dispose();
        using Tensor input = randn(1, 4, 5, 5);
        Assert.True(original.call(input).allclose(loaded.call(input), 1e-5, 1e-6));
        Assert.All(loaded.parameters(), parameter => Assert.True(parameter.requires_grad && parameter.device_type == DeviceType.CPU));
    }

    [Fact]
    public void Loading_draws_no_random_numbers()
    {
        using TemporaryFolder folder = new();
        using Linear original = nn.Linear(3, 2);
        using IWeights weights = Save(folder, original.state_dict());
        random.manual_seed(5);
        float expected = randn(1).item<float>();
        random.manual_seed(5);
        using Linear loaded = CheckpointMap.Identity.Make(() => Layers.Linear(3, 2), weights);
        Assert.Equal(expected, randn(1).item<float>());
    }

    [Fact]
    public void Weights_of_the_right_type_are_the_memory_of_the_file()
    {
        using TemporaryFolder folder = new();
        using Linear original = nn.Linear(3, 2);
        using IWeights weights = Save(folder, original.state_dict());
        using Linear one = CheckpointMap.Identity.Make(() => Layers.Linear(3, 2), weights), other = CheckpointMap.Identity.Make(() => Layers.Linear(3, 2), weights);
        Assert.Equal(NativeTensor.DataPointer(one.weight), NativeTensor.DataPointer(other.weight));
    }

    [Fact]
    public void A_stray_write_into_a_weight_does_not_reach_the_file()
    {
        using TemporaryFolder folder = new();
        using Tensor stored = arange(6, ScalarType.Float32);
        using IWeights weights = Save(folder, [new("x", stored)]);
        byte[] before = File.ReadAllBytes(weights.Path);
        using Tensor mapped = weights.Map("x");
        mapped.fill_(7);
        Assert.Equal(before, File.ReadAllBytes(weights.Path));
    }

    [Fact]
    public void The_file_stays_mapped_while_a_tensor_lies_in_it_and_no_longer()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The list of mappings is Linux's.");
        using TemporaryFolder folder = new();
        using Tensor stored = arange(6, ScalarType.Float32);
        IWeights weights = Save(folder, [new("x", stored)]);
        Tensor one = weights.Map("x"), other = weights.Map("x");
        Tensor view = other.narrow(0, 2, 3);
        weights.Dispose();
        one.Dispose();
        other.Dispose();
        Assert.True(IsMapped(weights.Path));
        Assert.Equal([2f, 3, 4], view.data<float>().ToArray());
        view.Dispose();
        Assert.False(IsMapped(weights.Path));

        static bool IsMapped(string path) => File.ReadAllText("/proc/self/maps").Contains(path, StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_askew_in_the_file_is_copied()
    {
        using TemporaryFolder folder = new();
        using IWeights weights = SafetensorsFile.Open(WriteAskew(folder.File("x.safetensors")));
        using Tensor mapped = weights.Map("b");
        Assert.Equal(0, NativeTensor.DataPointer(mapped) % 4);
        Assert.Equal([1f, -2f], mapped.data<float>().ToArray());
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float32)]
    public void Half_precision_files_are_held_in_the_element_type_that_the_caller_chooses(ScalarType type)
    {
        using TemporaryFolder folder = new();
        using Tensor weight = randn(2, 3).to(ScalarType.Float16), count = tensor(new long[] { 4 });
        using IWeights weights = Save(folder, [new("weight", weight), new("count", count)]);
        using IDisposable choice = NetworkConstruction.WithWeightsIn(type);
        using Counted network = CheckpointMap.Identity.Make(() => new Counted(), weights);
        Assert.Equal(type, network.get_parameter("weight")!.dtype);
        Assert.True(network.get_parameter("weight")!.Equals(weight.to(type)));
        Assert.Equal(4, network.get_buffer("count")!.item<long>());
    }

    [Fact]
    public void What_samples_of_a_large_weight_do_not_show_is_found_when_a_picture_is_not_finite()
    {
        using TemporaryFolder folder = new();
        string path = TinyModel.Folder(folder.File("model"), textWidth: 1 << 14), file = Path.Combine(path, "text_encoder", "model.safetensors");
        const string key = "text_model.encoder.layers.0.mlp.fc1.weight";
        using var scope = NewDisposeScope();
        using (SafetensorsFile weights = SafetensorsFile.Open(file))
        {
            Tensor broken = weights.Load(key);
            broken[1 << 13, 4] = float.NaN;
            SafetensorsWriter.Write(file, weights.Entries.Keys.Select(each => KeyValuePair.Create(each, each == key ? broken : weights.Load(each))));
        }
        using ImageModel model = ImageModel.Load(path);
        string message = Assert.Throws<InvalidDataException>(() => model.Generate(new ImageRequest("a") { Steps = 1 })).Message;
        Assert.StartsWith($"{file}: '{key}' has values that are not finite", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_with_a_parameter_that_got_no_memory_is_an_error_even_where_missing_keys_are_allowed()
    {
        using TemporaryFolder folder = new();
        using Tensor weight = randn(2, 3);
        using IWeights weights = Save(folder, [new("weight", weight)]);
        string message = Assert.Throws<InvalidDataException>(() => CheckpointMap.Identity.Make(() => Layers.Linear(3, 2), weights, Strictness.ReportOnly)).Message;
        Assert.Contains("1 missing in the file: bias", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_may_load_and_let_go_of_one_file_at_the_same_time()
    {
        using TemporaryFolder folder = new();
        using Tensor stored = arange(1000, ScalarType.Float32);
        using IWeights weights = Save(folder, [new("x", stored)]);
        float expected = stored.sum().item<float>();
        Parallel.For(0, 200, _ =>
        {
            using Tensor mapped = weights.Map("x");
            using Tensor sum = mapped.sum();
            Assert.Equal(expected, sum.item<float>());
        });
    }

    [Theory]
    [InlineData(ScalarType.Float32, float.NaN)]
    [InlineData(ScalarType.Float16, float.PositiveInfinity)]
    [InlineData(ScalarType.BFloat16, float.NegativeInfinity)]
    public void Weights_that_are_not_finite_are_an_error_that_names_file_and_key(ScalarType type, float value)
    {
        using TemporaryFolder folder = new();
        using Tensor weight = randn(50, 30), bias = zeros(50).to(type);
        weight[49, 29] = value;
        using Tensor stored = weight.to(type);
        using IWeights weights = Save(folder, [new("weight", stored), new("bias", bias)]);
        string message = Assert.Throws<InvalidDataException>(() => CheckpointMap.Identity.Make(() => Layers.Linear(30, 50), weights)).Message;
        Assert.StartsWith($"{weights.Path}: 'weight' has values that are not finite", message, StringComparison.Ordinal);
        CheckpointMap.Identity.Make(() => Layers.Linear(30, 50), weights, Strictness.ReportOnly).Dispose();
    }

    private static SafetensorsFile Save(TemporaryFolder folder, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        SafetensorsWriter.Write(folder.File("x.safetensors"), tensors);
        return SafetensorsFile.Open(folder.File("x.safetensors"));
    }

    // One byte first, so that the numbers behind it start at an odd address.
    private static string WriteAskew(string path)
    {
        byte[] header = """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}"""u8.ToArray();
        using FileStream stream = File.Create(path);
        stream.Write([.. BitConverter.GetBytes((long)header.Length), .. header, 9, .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(-2f)]);
        return path;
    }

    // Layers of every kind, a parameter in a field of its own, one in a list, and a buffer.
    private sealed class Mixed : nn.Module<Tensor, Tensor>
    {
        private readonly Conv2d conv = Layers.Conv2d(4, 8, 3, padding: 1);
        private readonly GroupNorm norm = Normalisation.Group(2, 8, 1e-5);
        private readonly Linear linear = Layers.Linear(8, 6);
        private readonly LayerNorm layer = Layers.LayerNorm(6);
        private readonly EmbeddingTable embedding = Layers.Embedding(3, 6);
        private readonly ModuleList<Linear> list = new(Layers.Linear(6, 6, bias: false));
        private readonly Parameter scale = new(rand(6, device: NetworkConstruction.Device));
        private readonly Tensor shift = rand(6, device: NetworkConstruction.Device);

        public Mixed() : base(nameof(Mixed))
        {
            RegisterComponents();
            foreach (Parameter parameter in this.parameters().Where(parameter => parameter.device_type == DeviceType.CPU)) parameter.requires_grad = true;
        }

        public override Tensor forward(Tensor input)
        {
            Tensor hidden = norm.call(conv.call(input)).mean([2, 3]);
            hidden = layer.call(linear.call(hidden)) + embedding.call(tensor(new long[] { 2 }));
            return list[0].call(hidden) * scale + shift;
        }
    }

    private sealed class Counted : nn.Module
    {
        private readonly Parameter weight = new(rand(2, 3, device: NetworkConstruction.Device));
        private readonly Tensor count = zeros(1, ScalarType.Int64, NetworkConstruction.Device);

        public Counted() : base(nameof(Counted)) => RegisterComponents();
    }
}
