using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Conditioning.Clip;
using Levare.Networks;
using Levare.Networks.Autoencoders;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>Model folders of full size with random weights: for tests and measurements that need a model's shape and not its knowledge.</summary>
/// <remarks>Each tensor follows from the seed and its key alone. One tensor is in memory at a time. Networks keep their signals at about unit variance, so that they can be run.</remarks>
public static class RandomModel
{
    private const string Scheduler = "scheduler", Tokenizer = "tokenizer";
    private const double EmbeddingDeviation = 0.02;

    /// <summary>Writes a model in diffusers' layout.</summary>
    /// <param name="folder">The folder, which must not exist or be empty.</param>
    /// <param name="kind">The model whose shape it has.</param>
    /// <param name="seed">The seed of its weights.</param>
    /// <param name="type">The element type of its weights: float32, float16 or bfloat16.</param>
    /// <param name="written">Told each key when it is written; null for nobody.</param>
    /// <param name="cancellation">Ends the writing before the next tensor; what is written stays, without model_index.json.</param>
    /// <exception cref="IOException">The folder has something in it.</exception>
    /// <exception cref="ArgumentException">Weights are not stored in that element type.</exception>
    public static void Write(
        string folder, RandomModelKind kind, long seed = 0, ScalarType type = ScalarType.Float16, Action<string>? written = null, CancellationToken cancellation = default)
    {
        if (type is not (ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16)) throw new ArgumentException($"Weights are stored as float32, float16 or bfloat16, not as {type}.", nameof(type));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()) throw new IOException($"{folder} is not empty: a new model needs a folder of its own.");
        JsonObject model = Published(kind);
        List<ModelPart> parts = [];
        foreach ((string name, JsonNode? node) in model["parts"]!.AsObject())
        {
            JsonObject config = node!.DeepClone().AsObject();
            string target = Path.Combine(folder, name);
            parts.Add(WritePart(target, name, config, tensor => Draw(seed, $"{name}/{tensor.Name}", tensor, type, written, cancellation)));
        }
        ModelFolder.WriteIndex(folder, model["_class_name"]!.GetValue<string>(), parts, model["settings"]!.AsObject());
    }

    private static ModelPart WritePart(string folder, string name, JsonObject config, Func<PendingTensor, PendingTensor> draw)
    {
        if (name.StartsWith(Tokenizer, StringComparison.Ordinal))
        {
            ClipTokenizerFiles.Write(folder, config["pad_token"]!.GetValue<string>());
            return new(name, "transformers", "CLIPTokenizer");
        }
        if (name == Scheduler)
        {
            JsonFile.Write(Path.Combine(folder, "scheduler_config.json"), config);
            return new(name, "diffusers", config["_class_name"]!.GetValue<string>());
        }
        using nn.Module network = Skeleton(config);
        ModelComponent.WritePending(folder, config, network.state_dict().Select(pair => draw(PendingTensor.Of(pair.Key, pair.Value))));
        return config.TryGetPropertyValue("architectures", out JsonNode? classes) ? new(name, "transformers", classes![0]!.GetValue<string>()) : new(name, "diffusers", config["_class_name"]!.GetValue<string>());
    }

    // The network itself, without weights, knows its keys and shapes.
    private static nn.Module Skeleton(JsonObject config)
    {
        const string source = "the published configuration";
        JsonElement json = JsonSerializer.SerializeToElement(config);
        using IDisposable without = NetworkConstruction.WithoutWeights();
        return config["_class_name"]?.GetValue<string>() switch
        {
            UNet2DConditionConfigJson.ClassName => new UNet2DCondition(UNet2DConditionConfigJson.Read(json, source)),
            AutoencoderKlConfigJson.ClassName => new AutoencoderKl(AutoencoderKlConfigJson.Read(json, source)),
            _ => new ClipTextModel(ClipTextConfig.Read(json, source), hasProjection: config["architectures"]![0]!.GetValue<string>() == "CLIPTextModelWithProjection"),
        };
    }

    private static PendingTensor Draw(long seed, string key, PendingTensor tensor, ScalarType type, Action<string>? written, CancellationToken cancellation) => tensor with
    {
        Type = type,
        Make = () =>
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor drawn = Draw(seed, key, tensor.Shape);
            written?.Invoke(key);
            return drawn;
        },
    };

    // Norms begin as nothing; other weights keep a signal's variance at a third, as torch's own beginnings do.
    private static Tensor Draw(long seed, string key, ImmutableArray<long> shape)
    {
        if (shape.Length < 2) return key.EndsWith(".weight", StringComparison.Ordinal) ? ones([.. shape]) : zeros([.. shape]);
        using Generator generator = new((ulong)BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{key}"))), CPU);
        double deviation = key.Contains("_embedding.weight", StringComparison.Ordinal) ? EmbeddingDeviation : 1 / Math.Sqrt(3.0 * shape[1..].Aggregate(1L, (product, side) => product * side));
        return randn([.. shape], generator: generator).mul_(deviation);
    }

    private static JsonObject Published(RandomModelKind kind)
    {
        string name = kind switch
        {
            RandomModelKind.StableDiffusion15 => "sd15",
            RandomModelKind.StableDiffusion21 => "sd21",
            _ => "sdxl",
        };
        using Stream stream = typeof(RandomModel).Assembly.GetManifestResourceStream($"Levare.Pipelines.RandomModels.{name}.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
