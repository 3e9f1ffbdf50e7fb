using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A model in one file (.safetensors, .ckpt, .gguf): Stable Diffusion 1, 2, XL with its refiner, in the naming that it was trained with, or an autoencoder of these.</summary>
/// <remarks>
/// The kind is recognised by keys and shapes. Parts appear as those of a model folder: renamed, split and turned as diffusers has them. Configurations, tokenisers
/// and scheduler come from a model folder where one is given, and are else those of the published model of the kind, with sizes from the shapes.
/// </remarks>
public sealed class SingleFileModel : ModelFiles
{
    private const string Tokenizer = "tokenizer", Scheduler = "scheduler", LowResolutionScheduler = "low_res_scheduler";
    private readonly ImmutableDictionary<string, ModelComponent> _components;

    private SingleFileModel(string path, JsonElement index, string className, ImmutableDictionary<string, ModelComponent> components)
        : base(path, index, className, [.. PartsOf(index).Where(part => components.ContainsKey(part.Name))]) => _components = components;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="configuration">A model folder whose configurations, tokenisers and scheduler hold, and whose weights fill in for parts that the file lacks; null for those of the published models.</param>
    /// <exception cref="FileNotFoundException">There is no such file, or the folder lacks a configuration.</exception>
    /// <exception cref="InvalidDataException">The file is broken, or holds tensors of no known layout; the message lists them.</exception>
    /// <exception cref="NotSupportedException">It holds a model of another kind; the message names it.</exception>
    public static new SingleFileModel Open(string path, string? configuration = null)
    {
        string full = System.IO.Path.GetFullPath(path);
        using IWeights weights = WeightsFile.Open(full);
        try
        {
            CheckpointLayout layout = CheckpointLayout.Recognise(weights);
            return configuration is null ? Derive(full, layout, PredictsVelocity(layout, weights)) : Configure(full, layout, ModelFolder.Open(configuration));
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException && !e.Message.Contains(full, StringComparison.Ordinal))
        {
            throw e is NotSupportedException ? new NotSupportedException($"{full}: {e.Message}.", e) : new InvalidDataException($"{full}: {e.Message}.", e);
        }
        catch (KeyNotFoundException e)
        {
            throw new InvalidDataException($"{full} lacks tensors that tell the sizes of its parts: {e.Message}", e);
        }
    }

    /// <summary>Opens one part of a file with its configuration from a folder, such as an autoencoder alone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="part">unet, vae, text_encoder or text_encoder_2.</param>
    /// <param name="configuration">The part's folder with its config.json, such as a model's vae/; null for the configuration that follows from the shapes.</param>
    /// <inheritdoc cref="Open(string, string?)"/>
    public static ModelComponent OpenPart(string path, string part, string? configuration = null)
    {
        if (configuration is null) return Open(path).Component(part);
        string full = System.IO.Path.GetFullPath(path);
        using IWeights weights = WeightsFile.Open(full);
        CheckpointLayout layout = CheckpointLayout.Recognise(weights);
        PartLayout found = layout.Find(part) ?? throw new KeyNotFoundException($"{full} has no part '{part}'; it has {string.Join(", ", layout.Parts.Select(each => each.Name))}.");
        return WithWeights(ModelComponent.Open(configuration), full, found);
    }

    /// <inheritdoc/>
    public override string? FolderOf(string name) => _components.GetValueOrDefault(name)?.Folder;

    private protected override ModelComponent OpenPart(string name) => _components[name];

    private static SingleFileModel Configure(string path, CheckpointLayout layout, ModelFolder folder)
    {
        ImmutableDictionary<string, ModelComponent> components = folder.Parts.ToImmutableDictionary(
            part => part.Name,
            part => layout.Find(part.Name) is { } found ? WithWeights(folder.Component(part.Name), path, found) : folder.Component(part.Name),
            StringComparer.Ordinal);
        if (layout.Parts.FirstOrDefault(part => !components.ContainsKey(part.Name)) is { } homeless)
            throw new InvalidDataException($"{path} has the part '{homeless.Name}', which {folder.Folder} has no configuration for.");
        return new(path, folder.Index, folder.ClassName, components);
    }

    private static SingleFileModel Derive(string path, CheckpointLayout layout, bool predictsVelocity)
    {
        long channels = layout.Find("unet")?.Side("conv_in.weight", 1) ?? 0;
        DerivedPipeline pipeline = DerivedPipeline.Of(layout.Family, channels, predictsVelocity, layout.Markers.Contains("ztsnr"));
        Dictionary<string, ModelComponent> components = new(StringComparer.Ordinal);
        JsonObject index = new() { ["_class_name"] = pipeline.ClassName };
        foreach (PartLayout part in layout.Parts)
        {
            (JsonObject config, PartLayout used) = Configuration(layout.Family, part, predictsVelocity);
            Add(part.Name, part.Kind is PartKind.Clip or PartKind.OpenClip ? "transformers" : "diffusers", config, Opener(path, used));
            if (part.Name.StartsWith("text_encoder", StringComparison.Ordinal))
                Add(part.Name.Replace("text_encoder", Tokenizer, StringComparison.Ordinal), "transformers", DerivedPipeline.Tokenizer(part.Kind), null);
        }
        if (layout.Family != CheckpointFamily.Autoencoder) Add(Scheduler, "diffusers", pipeline.Scheduler, null);
        if (layout.Family == CheckpointFamily.Upscaler) Add(LowResolutionScheduler, "diffusers", DerivedPipeline.LowResolutionScheduler(), null);
        foreach ((string key, JsonNode? value) in pipeline.Settings) index[key] = value?.DeepClone();
        return new(path, JsonSerializer.SerializeToElement(index), pipeline.ClassName, components.ToImmutableDictionary(StringComparer.Ordinal));

        void Add(string name, string library, JsonObject config, Func<IWeights>? open)
        {
            ModelComponent component = ModelComponent.InMemory(JsonSerializer.SerializeToElement(config), $"{path} ({name})", open);
            components.Add(name, component);
            index[name] = new JsonArray(library, component.ClassName ?? "CLIPTokenizer");
        }
    }

    private static (JsonObject Config, PartLayout Used) Configuration(CheckpointFamily family, PartLayout part, bool predictsVelocity)
    {
        if (part.Kind == PartKind.UNet) return (DerivedConfigurations.UNet(family, part, predictsVelocity), part);
        if (part.Kind == PartKind.Autoencoder) return (DerivedConfigurations.Autoencoder(family, part), part);
        bool isSecond = family is CheckpointFamily.StableDiffusion2 or CheckpointFamily.Upscaler && part.Kind == PartKind.OpenClip;
        // Stable Diffusion 2 reads texts one layer before the last, which its files hold nevertheless, with the projection; files made of folders have neither.
        int layers = DerivedConfigurations.Layers(part) - (isSecond && part.Shapes.ContainsKey("text_projection.weight") ? 1 : 0);
        bool hasProjection = part.Kind == PartKind.OpenClip && !isSecond;
        PartLayout used = part.Trimmed(layers, hasProjection);
        return (DerivedConfigurations.TextEncoder(part, layers, hasProjection), used);
    }

    private static ModelComponent WithWeights(ModelComponent component, string path, PartLayout part)
    {
        if (part.Kind is PartKind.Clip or PartKind.OpenClip)
        {
            ConfigReader config = new(component.Config, component.ConfigPath);
            part = part.Trimmed(config.Int("num_hidden_layers", DerivedConfigurations.Layers(part)), component.ClassName is "CLIPTextModelWithProjection");
        }
        return component.WithWeights(Opener(path, part));
    }

    private static Func<IWeights> Opener(string path, PartLayout part) => () => Renamed(path, part);

    /// <summary>Opens the tensors of one part of a file under the part's keys.</summary>
    internal static IWeights Renamed(string path, PartLayout part)
    {
        IWeights weights = WeightsFile.Open(path);
        try
        {
            return new RenamedWeights(weights, part.Pairs);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    // Nothing in the shapes tells. Files of the larger Stable Diffusion 2 are the usual ones; the smaller was published after 875000 steps.
    private static bool PredictsVelocity(CheckpointLayout layout, IWeights weights)
    {
        if (weights is SafetensorsFile { Metadata: { } metadata } && metadata.TryGetValue("modelspec.prediction_type", out string? type))
            return type is "v" or "v_prediction";
        if (layout.Markers.Contains("v_pred")) return true;
        return layout.Family switch
        {
            CheckpointFamily.Upscaler => true,
            CheckpointFamily.StableDiffusion2 => !IsSmallerSecond(layout, weights),
            _ => false,
        };
    }

    private static bool IsSmallerSecond(CheckpointLayout layout, IWeights weights)
    {
        const long steps = 875000;
        const int inpainting = 9;
        if (layout.Find("unet")?.Side("conv_in.weight", 1) == inpainting) return true;
        if (weights is TorchPickleFile torch) return torch.Numbers.TryGetValue("global_step", out long number) && number == steps;
        if (!weights.Entries.TryGetValue("global_step", out TensorEntry? entry) || entry.Shape.Length > 0) return false;
        using Tensor step = weights.Load("global_step", ScalarType.Int64);
        return step.item<long>() == steps;
    }
}
