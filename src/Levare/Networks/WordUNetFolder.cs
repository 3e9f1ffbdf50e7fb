using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Conditioning;
using Levare.Runtime;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks;

/// <summary>A <see cref="WordUNet"/> with its tokeniser on disk: a folder for each part, as diffusers lays models out.</summary>
public static class WordUNetFolder
{
    private const string ConfigFile = "config.json", Words = "words.json", Tokenizer = "tokenizer";

    // Part of the model, file of its weights: both as diffusers and transformers name them.
    private static readonly (string Part, string Weights)[] Parts =
    [
        ("text_encoder", "model.safetensors"), ("sketch", "diffusion_pytorch_model.safetensors"), ("unet", "diffusion_pytorch_model.safetensors"),
    ];

    /// <summary>Reads a network and its tokeniser; the network is then the caller's and has the stored weights in float32.</summary>
    /// <exception cref="InvalidDataException">A file is not sound, or the weights are not of the network that config.json describes.</exception>
    public static (WordUNet Network, WordTokenizer Tokenizer) Load(string folder)
    {
        WordTokenizer tokenizer = WordTokenizer.Load(Path.Combine(folder, Tokenizer, Words));
        WordUNetOptions options = ReadOptions(Path.Combine(folder, "unet", ConfigFile), tokenizer);
        WordUNet network;
        using (NetworkConstruction.WithoutWeights()) network = new(options);
        try
        {
            foreach ((string part, string file) in Parts)
            {
                using IWeights weights = WeightsFile.Open(Path.Combine(folder, part, file));
                CheckpointMap.Identity.Load(Part(network, part), weights);
            }
        }
        catch
        {
            network.Dispose();
            throw;
        }
        network.eval();
        return (network, tokenizer);
    }

    /// <summary>Writes a network and its tokeniser, the weights in bfloat16.</summary>
    public static void Save(string folder, WordUNet network, WordTokenizer tokenizer)
    {
        foreach ((string part, string file) in Parts)
        {
            string target = Directory.CreateDirectory(Path.Combine(folder, part)).FullName;
            using var scope = NewDisposeScope();
            SafetensorsWriter.Write(Path.Combine(target, file),
                Part(network, part).state_dict().Select(pair => KeyValuePair.Create(pair.Key, pair.Value.to(ScalarType.BFloat16))),
                new Dictionary<string, string>(StringComparer.Ordinal) { ["format"] = "pt" });
            AtomicFile.WriteText(Path.Combine(target, ConfigFile), Config(part, network.Options).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        }
        tokenizer.Save(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, Tokenizer)).FullName, Words));
    }

    private static nn.Module Part(WordUNet network, string name) => network.named_children().First(child => child.name == name).module;

    private static JsonObject Config(string part, WordUNetOptions options) => part switch
    {
        "text_encoder" => new() { ["_class_name"] = nameof(WordEncoder), ["words"] = options.Words, ["length"] = options.Length, ["width"] = options.Width, ["depth"] = options.Depth },
        "sketch" => new() { ["_class_name"] = nameof(SketchDecoder), ["width"] = options.SketchWidth, ["depth"] = options.SketchDepth },
        _ => new()
        {
            ["_class_name"] = nameof(WordUNet),
            ["channels"] = new JsonArray([.. options.Channels.Select(n => (JsonNode)n)]),
            ["width"] = options.Width,
            ["text_depth"] = options.Depth,
            ["sketch_width"] = options.SketchWidth,
            ["sketch_depth"] = options.SketchDepth,
        },
    };

    private static WordUNetOptions ReadOptions(string path, WordTokenizer tokenizer)
    {
        const int Most = 4096;
        using JsonDocument document = JsonFile.Read(path);
        ConfigReader config = new(document.RootElement, path);
        WordUNetOptions given = new(tokenizer.Count, tokenizer.Length);
        WordUNetOptions options = given with
        {
            Channels = config.Ints("channels", [.. given.Channels]),
            Width = config.Int("width", given.Width),
            Depth = config.Int("text_depth", given.Depth),
            SketchWidth = config.Int("sketch_width", given.SketchWidth),
            SketchDepth = config.Int("sketch_depth", given.SketchDepth),
        };
        config.ThrowIfUnread();
        int[] sizes = [.. options.Channels, options.Width, options.Depth, options.SketchWidth, options.SketchDepth];
        if (options.Channels.Count != 3 || sizes.Any(size => size is < 1 or > Most))
            throw new InvalidDataException($"{path}: sizes are three channels and all within 1..{Most}, not {string.Join(", ", sizes)}.");
        return options;
    }
}
