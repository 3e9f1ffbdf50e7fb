using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Autoencoders;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

/// <summary>A Stable Diffusion 1 model of a few thousand weights, in every layout that there is.</summary>
internal static class TinyModel
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz";

    /// <summary>Writes a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="largestShard">The largest file of weights.</param>
    /// <param name="textWidth">The width inside the text encoder's feed-forward parts.</param>
    /// <param name="width">The width of the U-Net's and the autoencoder's first blocks.</param>
    /// <param name="groups">The groups of their norms.</param>
    public static string Folder(string folder, long largestShard = long.MaxValue, int textWidth = 16, int width = 4, int groups = 2)
    {
        using var scope = NewDisposeScope();
        JsonObject unet = JsonNode.Parse($$"""
            {"_class_name": "UNet2DConditionModel", "attention_head_dim": 2, "block_out_channels": [{{width}}, {{2 * width}}], "cross_attention_dim": 8, "in_channels": 4, "layers_per_block": 1,
             "norm_num_groups": {{groups}}, "out_channels": 4, "sample_size": 8, "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"]}
            """)!.AsObject();
        JsonObject vae = JsonNode.Parse($$"""
            {"_class_name": "AutoencoderKL", "block_out_channels": [{{width}}, {{width}}], "in_channels": 3, "latent_channels": 4, "layers_per_block": 1, "norm_num_groups": {{groups}}, "out_channels": 3,
             "sample_size": 16, "scaling_factor": 0.18215, "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"], "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]}
            """)!.AsObject();
        JsonObject text = JsonNode.Parse($$"""
            {"architectures": ["CLIPTextModel"], "eos_token_id": 2, "hidden_act": "quick_gelu", "hidden_size": 8, "intermediate_size": {{textWidth}}, "layer_norm_eps": 1e-05, "max_position_embeddings": 77,
             "num_attention_heads": 2, "num_hidden_layers": 2, "projection_dim": 8, "vocab_size": {{2 * Letters.Length + 2}}}
            """)!.AsObject();
        Write(folder, "unet", unet, new UNet2DCondition(UNet2DConditionConfigJson.Read(JsonSerializer.SerializeToElement(unet), "unet")), largestShard);
        Write(folder, "vae", vae, new AutoencoderKl(AutoencoderKlConfigJson.Read(JsonSerializer.SerializeToElement(vae), "vae")), largestShard);
        Write(folder, "text_encoder", text, new ClipTextModel(ClipTextConfig.Read(JsonSerializer.SerializeToElement(text), "text"), hasProjection: false), largestShard);
        WriteTokenizer(Directory.CreateDirectory(Path.Combine(folder, "tokenizer")).FullName);
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        File.WriteAllText(Path.Combine(folder, "scheduler", "scheduler_config.json"), """
            {"_class_name": "PNDMScheduler", "beta_end": 0.012, "beta_schedule": "scaled_linear", "beta_start": 0.00085, "num_train_timesteps": 1000, "set_alpha_to_one": false,
             "skip_prk_steps": true, "steps_offset": 1}
            """);
        ModelFolder.WriteIndex(folder, "StableDiffusionPipeline",
        [
            new("unet", "diffusers", "UNet2DConditionModel"), new("vae", "diffusers", "AutoencoderKL"), new("text_encoder", "transformers", "CLIPTextModel"),
            new("tokenizer", "transformers", "CLIPTokenizer"), new("scheduler", "diffusers", "PNDMScheduler"),
        ]);
        return folder;
    }

    /// <summary>Writes a folder's weights as one safetensors file in the layout of Stable Diffusion 1.</summary>
    public static string SingleFile(string folder, string path)
    {
        ModelConversion.Convert(folder, path);
        return path;
    }

    /// <summary>Writes a single file's tensors as torch.save does.</summary>
    public static string Pickle(string file, string path)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(file);
        PickleBuilder pickle = new PickleBuilder().Op('}').Text("global_step").Number(7).Op('s').Text("state_dict").Op('}');
        List<(string, byte[])> storages = [];
        foreach (string key in weights.Entries.Keys.Order(StringComparer.Ordinal))
        {
            using Tensor tensor = weights.Load(key);
            pickle.Text(key).Tensor($"{storages.Count}", tensor.NumberOfElements, 0, tensor.shape, tensor.stride()).Op('s');
            storages.Add(($"model/data/{storages.Count}", tensor.bytes.ToArray()));
        }
        File.WriteAllBytes(path, PickleBuilder.Archive(pickle.Op('s').Stop(), [.. storages]));
        return path;
    }

    /// <summary>Writes a single file's tensors as GGUF, matrices of whole blocks in 8 bits.</summary>
    public static string Gguf(string file, string path)
    {
        using SafetensorsFile weights = SafetensorsFile.Open(file);
        GgufBuilder builder = new GgufBuilder().Text("general.architecture", "sd1");
        foreach (string key in weights.Entries.Keys.Order(StringComparer.Ordinal))
        {
            using Tensor tensor = weights.Load(key);
            builder.Tensor(key, 0, [.. tensor.shape.Reverse()], tensor.bytes.ToArray());
        }
        return builder.Write(path);
    }

    private static void Write(string folder, string part, JsonObject config, nn.Module network, long largestShard)
    {
        ModelComponent.WritePending(Path.Combine(folder, part), config, network.state_dict().Select(pair => PendingTensor.Of(pair.Key, pair.Value)), largestShard: largestShard);
        network.Dispose();
    }

    private static void WriteTokenizer(string folder)
    {
        string[] pieces = [.. Letters.Select(letter => $"{letter}"), .. Letters.Select(letter => $"{letter}</w>"), "<|startoftext|>", "<|endoftext|>"];
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(pieces.Select((piece, i) => (piece, i)).ToDictionary(pair => pair.piece, pair => pair.i)));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}""");
    }
}
