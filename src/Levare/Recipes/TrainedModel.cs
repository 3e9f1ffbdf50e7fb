using System.Text.Json.Nodes;
using Levare.Networks.UNet;
using Levare.Weights;

namespace Levare.Recipes;

/// <summary>A trained network as a model folder in diffusers' layout, which Levare and Python open.</summary>
public static class TrainedModel
{
    /// <summary>Writes model_index.json, unet/, scheduler/ and levare.json (what samples best, which Python leaves alone).</summary>
    /// <param name="folder">The model's folder; files of the same names are replaced.</param>
    /// <param name="network">The network with its trained weights.</param>
    /// <param name="recipe">What it was trained by.</param>
    /// <param name="classes">The names of its classes; empty without classes.</param>
    public static void Write(string folder, UNet2D network, Recipe recipe, IReadOnlyList<string> classes)
    {
        JsonObject scheduler = recipe.Diffusion.Scheduler();
        network.Save(Path.Combine(folder, "unet"));
        JsonFile.Write(Path.Combine(folder, "scheduler", "scheduler_config.json"), scheduler);
        JsonFile.Write(Path.Combine(folder, "levare.json"), new JsonObject { ["steps"] = recipe.Sampling.Steps, ["guidance"] = classes.Count > 0 ? recipe.Sampling.Guidance : 1 });
        JsonObject labels = new(classes.Select((name, label) => KeyValuePair.Create($"{label}", (JsonNode?)name)));
        ModelFolder.WriteIndex(
            folder, "DDPMPipeline",
            [new("unet", "diffusers", UNet2DConfigJson.ClassName), new("scheduler", "diffusers", scheduler["_class_name"]!.GetValue<string>())],
            classes.Count > 0 ? new JsonObject { ["id2label"] = labels } : null);
    }
}
