using System.Text.Json;

namespace Levare.Weights;

/// <summary>Files of one network that steers image models, with no configuration beside: ControlNets, in the naming that they were trained with or in diffusers'.</summary>
/// <remarks>Sizes are from the shapes; what leaves no trace in them is that of the published ControlNets of Stable Diffusion 1, 2 and XL.</remarks>
internal static class SteeringFile
{
    private const int Listed = 20;
    private const string OwnPrefix = "control_model.", Name = "controlnet";

    // What is known by name and cannot be opened. The order matters: the first that fits is told.
    private static readonly (string Node, string Name)[] Strangers =
    [
        ("lora_controlnet", "a Control-LoRA"), ("difference", "a ControlNet as the difference from a model"), ("task_embedding", "a ControlNet Union"),
        ("adapter.body", T2IAdapter), ("body.0.block1", T2IAdapter), ("body.0.in_conv", T2IAdapter), ("adapter.body.0.resnets", T2IAdapter),
    ];

    private const string T2IAdapter = "a T2I-Adapter, which needs diffusers' folder with its config.json: name that folder";

    /// <summary>The ControlNet of a file; null where it holds none and nothing else that is known to steer.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="NotSupportedException">It holds a network of another kind, which the message names.</exception>
    /// <exception cref="InvalidDataException">The file is broken, lacks tensors that tell sizes, or has some that belong to nothing; the message lists them.</exception>
    public static ModelComponent? OpenControlNet(string path)
    {
        string full = Path.GetFullPath(path);
        using IWeights weights = WeightsFile.Open(full);
        KeyTree tree = new(weights.Entries.Keys);
        foreach ((string node, string name) in Strangers)
            if (tree.Has(node)) throw new NotSupportedException($"{full} holds {name}; it is not supported as a single file.");
        if (Read(weights, tree) is not { } part) return null;
        try
        {
            JsonElement config = JsonSerializer.SerializeToElement(DerivedConfigurations.ControlNet(CheckpointLayout.FamilyOf(part), part));
            return ModelComponent.InMemory(config, $"{full} ({Name})", () => SingleFileModel.Renamed(full, part));
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{full}: {e.Message}.", e);
        }
    }

    private static PartLayout? Read(IWeights weights, KeyTree tree)
    {
        if (tree.Has("controlnet_cond_embedding.conv_in")) return PartLayout.Same(Name, PartKind.ControlNet, weights.Entries);
        string[] prefixes = [OwnPrefix, $"state_dict.{OwnPrefix}", ""];
        if (prefixes.FirstOrDefault(prefix => tree.Has($"{prefix}input_hint_block.0")) is not { } found) return null;
        List<string> unmatched = [];
        PartLayout part = PartLayout.Read(Name, PartKind.ControlNet, weights.Entries, found, unmatched);
        return unmatched.Count == 0
            ? part
            : throw new InvalidDataException($"{weights.Path} has {unmatched.Count} tensors that belong to no part of a ControlNet: {string.Join(", ", unmatched.Order(StringComparer.Ordinal).Take(Listed))}.");
    }
}
