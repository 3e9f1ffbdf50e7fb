using System.Text.Json;

namespace Levare.Weights;

/// <summary>One part of a model on disk: a folder with config.json and weights.</summary>
public sealed class ModelComponent
{
    private ModelComponent(string folder, JsonElement config)
    {
        Folder = folder;
        Config = config;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>config.json.</summary>
    public JsonElement Config { get; }

    /// <summary>Opens a folder.</summary>
    public static ModelComponent Open(string folder)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        return new(folder, document.RootElement.Clone());
    }

    /// <summary>Opens its weights.</summary>
    public IWeights OpenWeights() => WeightsFile.Open(Path.Combine(Folder, "diffusion_pytorch_model.safetensors"));
}
