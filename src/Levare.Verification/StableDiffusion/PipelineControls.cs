using System.Collections.Immutable;
using System.Text.Json;
using Levare.Data;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Formats;
using static TorchSharp.torch;

namespace Levare.Verification.StableDiffusion;

/// <summary>What steers the pipeline of a golden case beside words and task. The networks are its own.</summary>
/// <param name="golden">The case.</param>
/// <param name="parts">The model.</param>
internal sealed class PipelineControls(GoldenCase golden, ImageModelParts parts) : IDisposable
{
    private readonly List<ControlModel> _models = [];

    /// <summary>The controls of a call.</summary>
    public ImmutableArray<ImageControl> Read(string pipeline, TakenSettings settings, TakenSettings call) =>
        [.. ControlNets(pipeline, settings, call), .. Adapters(settings, call), .. PicturePrompts(settings, call), .. Balance(settings)];

    /// <summary>Guidance by attention, where the pipeline has it.</summary>
    public static AttentionGuidance? Attention(string pipeline, TakenSettings settings, TakenSettings call)
    {
        if (pipeline.Contains("SAG", StringComparison.Ordinal)) return call.Number("sag_scale") is { } attentive ? new SelfAttention { Scale = attentive } : new SelfAttention();
        if (!pipeline.Contains("PAG", StringComparison.Ordinal)) return null;
        PerturbedAttention usual = new();
        return new PerturbedAttention
        {
            Scale = call.Number("pag_scale") ?? usual.Scale, Fall = call.Number("pag_adaptive_scale") ?? usual.Fall, Layers = settings.Texts("pag_applied_layers") ?? usual.Layers,
        };
    }

    /// <summary>The size of pipelines with ControlNets or T2I-Adapters: what the call says, else the control picture's; null for others.</summary>
    public static ImageSize? Size(GoldenCase golden, string pipeline, TakenSettings call, ImageModelParts parts, ImmutableArray<ImageControl> controls)
    {
        if (controls.OfType<AdapterImage>().FirstOrDefault() is { } adapted)
        {
            int multiple = adapted.Model.Network.Config.DownscaleFactor;
            return new(call.Whole("width") ?? adapted.Picture.Width / multiple * multiple, call.Whole("height") ?? adapted.Picture.Height / multiple * multiple);
        }
        if (!HasControlNets(pipeline)) return null;
        if ((call.Whole("width"), call.Whole("height")) is ({ } width, { } height)) return new(width, height);
        return parts.SizeFor(PipelineTasks.Picture(golden, (call.Texts(Argument(pipeline)) ?? [])[0]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ControlModel model in _models) model.Dispose();
    }

    private static bool HasControlNets(string pipeline) => pipeline.Contains("ControlNet", StringComparison.Ordinal);

    private static string Argument(string pipeline) => pipeline.EndsWith("ControlNetPipeline", StringComparison.Ordinal) || pipeline.EndsWith("ControlNetPAGPipeline", StringComparison.Ordinal) ? "image" : "control_image";

    private IEnumerable<ImageControl> ControlNets(string pipeline, TakenSettings settings, TakenSettings call)
    {
        if (settings.Texts("controlnet") is not { } folders) yield break;
        ImmutableArray<string> pictures = call.Texts(Argument(pipeline)) ?? [];
        ImmutableArray<double> scales = Each(call, "controlnet_conditioning_scale"), starts = Each(call, "control_guidance_start"), ends = Each(call, "control_guidance_end");
        bool guesses = call.Take("guess_mode")?.GetBoolean() ?? false;
        for (int i = 0; i < folders.Length; i++)
            yield return new ControlNetImage((ControlNetModel)Open(folders[i]), PipelineTasks.Picture(golden, pictures[i]))
            {
                Scale = At(scales, i, 1), Start = At(starts, i, 0), End = At(ends, i, 1), Mode = guesses ? ControlMode.Guess : ControlMode.Balanced,
            };
    }

    private IEnumerable<ImageControl> Adapters(TakenSettings settings, TakenSettings call)
    {
        if (settings.Texts("adapter") is not { } folders) yield break;
        ImmutableArray<string> pictures = call.Texts("image") ?? [];
        ImmutableArray<double> scales = Each(call, "adapter_conditioning_scale");
        double? until = call.Number("adapter_conditioning_factor");
        for (int i = 0; i < folders.Length; i++)
            yield return new AdapterImage((T2IAdapterModel)Open(folders[i]), PipelineTasks.Picture(golden, pictures[i])) { Scale = At(scales, i, 1), Until = until };
    }

    // One list of pictures for each adapter; where there is one adapter, the list may be its pictures.
    private IEnumerable<ImageControl> PicturePrompts(TakenSettings settings, TakenSettings call)
    {
        if (settings.Texts("ip_adapter") is not { } files) yield break;
        ControlModelOptions options = new() { ImageEncoder = InCase(settings.Text("image_encoder")), FeatureExtractor = InCase(settings.Text("feature_extractor")) };
        ImmutableArray<double> scales = Each(settings, "ip_adapter_scale");
        JsonElement shown = call.Take("ip_adapter_image")!.Value;
        for (int i = 0; i < files.Length; i++)
        {
            JsonElement own = files.Length > 1 ? shown[i] : shown;
            if (own.ValueKind == JsonValueKind.Array && own.GetArrayLength() > 0 && own[0].ValueKind == JsonValueKind.Array) own = own[0];
            IEnumerable<string> names = own.ValueKind == JsonValueKind.Array ? own.EnumerateArray().Select(name => name.GetString()!) : [own.GetString()!];
            yield return new PicturePrompt((PictureAdapterModel)Open(files[i], options), [.. names.Select(name => PipelineTasks.Picture(golden, name))]) { Scale = At(scales, i, 1) };
        }
    }

    private static IEnumerable<ImageControl> Balance(TakenSettings settings)
    {
        if (settings.Take("freeu") is not { } weights) yield break;
        yield return new FeatureBalance(new FreeU(Number("b1"), Number("b2"), Number("s1"), Number("s2")));

        double Number(string name) => weights.GetProperty(name).GetDouble();
    }

    private ControlModel Open(string path, ControlModelOptions? options = null)
    {
        ControlModel model = ControlModel.Load(InCase(path)!, parts, CPU, options ?? new());
        _models.Add(model);
        return model;
    }

    private string? InCase(string? path) => path is null ? null : Path.Combine(golden.Folder, path);

    private static ImmutableArray<double> Each(TakenSettings call, string name) => call.Take(name) switch
    {
        null => [],
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => item.GetDouble())],
        { } single => [single.GetDouble()],
    };

    private static double At(ImmutableArray<double> values, int index, double otherwise) => values.Length switch { 0 => otherwise, 1 => values[0], _ => values[index] };
}
