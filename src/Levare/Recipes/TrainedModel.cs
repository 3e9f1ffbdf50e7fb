using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.UNet;
using Levare.Runtime;
using Levare.Weights;
using TorchSharp;

namespace Levare.Recipes;

/// <summary>A trained network as a model folder in diffusers' layout, which Levare and Python open.</summary>
public static class TrainedModel
{
    private const string WeightsName = "diffusion_pytorch_model.safetensors";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes model_index.json, unet/, scheduler/ and levare.json (what samples best, which Python leaves alone).</summary>
    /// <param name="folder">The model's folder; files of the same names are replaced.</param>
    /// <param name="network">The network with its trained weights.</param>
    /// <param name="recipe">What it was trained by.</param>
    /// <param name="classes">The names of its classes; empty without classes.</param>
    public static void Write(string folder, UNet2D network, Recipe recipe, IReadOnlyList<string> classes)
    {
        JsonObject index = new()
        {
            ["_class_name"] = "DDPMPipeline",
            ["unet"] = new JsonArray("diffusers", UNet2DConfigJson.ClassName),
            ["scheduler"] = new JsonArray("diffusers", recipe.Diffusion.Scheduler()["_class_name"]!.GetValue<string>()),
        };
        if (classes.Count > 0)
            index["id2label"] = new JsonObject([.. classes.Select((name, label) => KeyValuePair.Create($"{label}", (JsonNode?)name))]);
        Dictionary<string, torch.Tensor> weights = network.state_dict();
        SafetensorsWriter.Write(Path.Combine(folder, "unet", WeightsName), weights, new Dictionary<string, string> { ["format"] = "pt" });
        WriteJson(Path.Combine(folder, "unet", "config.json"), UNet2DConfigJson.Write(network.Config));
        WriteJson(Path.Combine(folder, "scheduler", "scheduler_config.json"), recipe.Diffusion.Scheduler());
        WriteJson(Path.Combine(folder, "levare.json"), new() { ["steps"] = recipe.Sampling.Steps, ["guidance"] = classes.Count > 0 ? recipe.Sampling.Guidance : 1 });
        // Last: a folder with this file is a model.
        WriteJson(Path.Combine(folder, "model_index.json"), index);
    }

    private static void WriteJson(string path, JsonObject json) => AtomicFile.WriteText(path, json.ToJsonString(Json) + "\n");
}
