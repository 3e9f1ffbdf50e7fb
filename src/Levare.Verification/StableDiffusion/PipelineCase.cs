using System.Collections.Immutable;
using System.Text.Json;
using Levare.Adapters;
using Levare.Compatibility;
using Levare.Conditioning.Clip;
using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Tasks;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Verification.StableDiffusion;

/// <summary>A golden case of a pipeline, read: the model's parts, and the batch that the call asks for.</summary>
internal sealed class PipelineCase : IDisposable
{
    // What tells the caller of the run and changes nothing of it; and the scale of adapters, which does nothing without them.
    private static readonly string[] WithoutEffect = ["callback", "callback_steps", "callback_on_step_end", "callback_on_step_end_tensor_inputs", "return_dict"];
    private const string OfAdapters = "cross_attention_kwargs";

    private readonly ImmutableArray<IDisposable> _owned;

    private PipelineCase(GoldenCase golden, ImageModelParts parts, ImmutableArray<IDisposable> owned, ImageBatch batch, ImmutableArray<long> seeds)
    {
        (Golden, Parts, _owned, Batch, Seeds) = (golden, parts, owned, batch, seeds);
    }

    /// <summary>The case.</summary>
    public GoldenCase Golden { get; }

    /// <summary>The model, with the parts and the scheduler that the case puts in.</summary>
    public ImageModelParts Parts { get; }

    /// <summary>What the call asks for.</summary>
    public ImageBatch Batch { get; }

    /// <summary>One seed for the batch, or one for each picture.</summary>
    public ImmutableArray<long> Seeds { get; }

    /// <summary>Whether each picture draws for itself.</summary>
    public bool DrawsByRow => Seeds.Length > 1;

    /// <summary>Whether the call ends before the autoencoder.</summary>
    public bool EndsWithLatents { get; private init; }

    /// <summary>The files that each alone make the case's model, or give it its new word; one that is null where there is no such choice.</summary>
    public static IEnumerable<string?> Files(GoldenCase golden)
    {
        if (golden.Json.TryGetProperty("file", out JsonElement file)) return [file.GetString()];
        if (!golden.Json.TryGetProperty("files", out JsonElement files)) return [null];
        return files.ValueKind == JsonValueKind.Array ? [.. files.EnumerateArray().Select(name => name.GetString())] : [.. files.EnumerateObject().Select(entry => entry.Name)];
    }

    /// <summary>Reads a case.</summary>
    /// <param name="golden">The case.</param>
    /// <param name="file">One of <see cref="Files"/>.</param>
    /// <exception cref="NotSupportedException">It asks for something that Levare does not do; the message names it.</exception>
    public static PipelineCase Open(GoldenCase golden, string? file = null)
    {
        TakenSettings settings = new(golden.Json, "the case's setting"), call = new(settings.Take("call")!.Value, "the call's argument");
        string pipeline = settings.Text("pipeline")!;
        string? token = settings.Text("token"), path = file is null ? null : Path.Combine(golden.Folder, file);
        ModelFiles model = Model(golden, settings, pipeline, token is null ? path : null);
        IImageModelFormat format = ImageModelFormats.Find(model) ?? throw new NotSupportedException($"the pipeline {pipeline}");
        ImageModelParts parts = format.Open(model, new(CPU)) with { Scheduler = Scheduler(settings) };
        PipelineControls controls = new(golden, parts);
        try
        {
            ImmutableArray<ImageControl> steering = controls.Read(pipeline, settings, call);
            (IBatchConditioner conditioner, int? texts) = GivenTexts.Of(parts.Conditioner, golden, call);
            parts = parts with { Conditioner = conditioner };
            ImageBatch batch = Read(golden, pipeline, call, parts) with { Controls = steering };
            if (texts is { } count) batch = batch with { Prompts = [.. Enumerable.Repeat(new ImagePrompt(""), count)] };
            batch = batch with { Size = PipelineControls.Size(golden, pipeline, call, parts, steering) ?? batch.Size };
            if (PipelineControls.Attention(pipeline, settings, call) is { } attention) batch = batch with { Guidance = attention.Beside(batch.Guidance, parts) };
            ImmutableArray<long> seeds = SeedsOf(call);
            bool endsWithLatents = call.Text("output_type") == "latent";
            if (golden.Json.TryGetProperty("lora", out _)) call.RequireAllTaken(WithoutEffect);
            else call.RequireAllTaken([.. WithoutEffect, OfAdapters]);
            settings.RequireAllTaken("case", "kind", "draws", "tolerance", "stats", "notes", "made_with", "tensors", "scheduler_change", "weight_order", "lora",
                "file", "files", "from_single_file_max_err", "vectors", "freeu_note");
            PipelineCase plain = new(golden, parts, [controls, parts], batch, seeds) { EndsWithLatents = endsWithLatents };
            return token is null ? plain : plain.With(path!, token);
        }
        catch
        {
            controls.Dispose();
            parts.Dispose();
            throw;
        }
    }

    /// <summary>This case with adapters on its model. Nothing of this one changes, and it must outlive the other.</summary>
    /// <param name="adapters">The adapters.</param>
    /// <param name="golden">What the case holds of this run.</param>
    /// <param name="makesPictures">Whether it holds pictures of this run.</param>
    public PipelineCase With(IEnumerable<WeightedAdapter> adapters, GoldenCase golden, bool makesPictures)
    {
        AdaptedParts adapted = AdaptedParts.Of(Parts, adapters);
        return new(golden, adapted.Parts, [adapted], Batch, Seeds) { EndsWithLatents = EndsWithLatents || !makesPictures };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
    }

    // The case with a word that was learned from pictures, which disposes this one.
    private PipelineCase With(string path, string token)
    {
        using TextualInversion inversion = TextualInversion.Load(path, token);
        AdaptedParts adapted = AdaptedParts.Of(Parts, [inversion]);
        return new(Golden, adapted.Parts, [adapted, this], Batch, Seeds) { EndsWithLatents = EndsWithLatents };
    }

    private static ModelFiles Model(GoldenCase golden, TakenSettings settings, string pipeline, string? file)
    {
        settings.Take("without");
        Dictionary<string, ModelComponent> replaced = new[] { "replace", "add" }.Select(settings.Take).OfType<JsonElement>().SelectMany(parts => parts.EnumerateObject())
            .ToDictionary(part => part.Name, part => ModelComponent.Open(Path.Combine(golden.Folder, part.Value.GetString()!)), StringComparer.Ordinal);
        string folder = Path.Combine(golden.Folder, settings.Text("model")!);
        return (file is null ? ModelFiles.Open(folder) : ModelFiles.Open(file, folder)).With(pipeline, replaced);
    }

    private static SchedulerConfig Scheduler(TakenSettings settings) => DiffusersScheduler.ReadConfig(settings.Take("scheduler")!.Value);

    private static ImageBatch Read(GoldenCase golden, string pipeline, TakenSettings call, ImageModelParts parts)
    {
        double guidance = call.Number("guidance_scale") ?? parts.Defaults.Guidance;
        ImageTask task = PipelineTasks.Of(golden, pipeline, call);
        return new()
        {
            Prompts = Prompts(call),
            ImagesPerPrompt = call.Whole("num_images_per_prompt") ?? 1,
            Task = task,
            Size = Size(pipeline, call, task, parts),
            PictureDraws = pipeline.Contains("Inpaint", StringComparison.Ordinal) || task is Upscale ? PictureDraws.ByTheFirst : PictureDraws.ForEachRow,
            Schedule = Schedule(call, parts),
            Guidance = task.GuidanceOf(guidance, call.Number("guidance_rescale") ?? 0, parts),
            ClipSkip = call.Whole("clip_skip"),
            Micro = Micro(call),
            Until = PipelineTasks.Share(call, "denoising_end"),
            InitialLatents = call.Text("latents") is { } tensor ? new(golden.Tensor(tensor.Split(':')[1])) : null,
        };
    }

    // Image to image takes its picture's size, whatever the call says, and so do instructions but for SDXL's.
    private static ImageSize? Size(string pipeline, TakenSettings call, ImageTask task, ImageModelParts parts)
    {
        (int? width, int? height) = (call.Whole("width"), call.Whole("height"));
        return task is not (TextToImage or Inpaint or ImageVariation) && pipeline != "StableDiffusionXLInstructPix2PixPipeline" ? null : new(width ?? parts.Size.Width, height ?? parts.Size.Height);
    }

    private static MicroConditioning Micro(TakenSettings call)
    {
        (int Height, int Width)? original = Pair("original_size"), target = Pair("target_size"), crop = Pair("crops_coords_top_left");
        (int Height, int Width)? negativeOriginal = Pair("negative_original_size"), negativeTarget = Pair("negative_target_size"), negativeCrop = Pair("negative_crops_coords_top_left");
        MicroConditioning usual = new();
        return new()
        {
            OriginalSize = Size(original), TargetSize = Size(target), CropTop = crop?.Height ?? 0, CropLeft = crop?.Width ?? 0,
            NegativeOriginalSize = Size(negativeOriginal), NegativeTargetSize = Size(negativeTarget),
            NegativeCropTop = negativeCrop?.Height ?? 0, NegativeCropLeft = negativeCrop?.Width ?? 0,
            AestheticScore = call.Number("aesthetic_score") ?? usual.AestheticScore,
            NegativeAestheticScore = call.Number("negative_aesthetic_score") ?? usual.NegativeAestheticScore,
        };

        (int Height, int Width)? Pair(string name) => call.Numbers(name) is [var height, var width] ? ((int)height, (int)width) : null;
        static ImageSize? Size((int Height, int Width)? pair) => pair is { } size ? new(size.Width, size.Height) : null;
    }

    private static ImmutableArray<ImagePrompt> Prompts(TakenSettings call)
    {
        ImmutableArray<string> prompts = call.Texts("prompt") ?? [""];
        ImmutableArray<string>? negatives = call.Texts("negative_prompt"), seconds = call.Texts("prompt_2"), secondNegatives = call.Texts("negative_prompt_2");
        return [.. prompts.Select((prompt, i) => new ImagePrompt(prompt)
        {
            Negative = At(negatives, i), Second = At(seconds, i), SecondNegative = At(secondNegatives, i),
        })];

        static string? At(ImmutableArray<string>? texts, int index) => texts is { } all ? all[all.Length == 1 ? 0 : index] : null;
    }

    private static ScheduleRequest Schedule(TakenSettings call, ImageModelParts parts)
    {
        ImmutableArray<double> timesteps = call.Numbers("timesteps"), sigmas = call.Numbers("sigmas");
        int given = Math.Max(timesteps.Length, sigmas.Length), steps = call.Whole("num_inference_steps") ?? parts.Defaults.Steps;
        return new(given > 0 ? given : steps)
        {
            Timesteps = timesteps, Sigmas = sigmas, Eta = call.Number("eta"), OriginalInferenceSteps = call.Whole("original_inference_steps"),
        };
    }

    private static ImmutableArray<long> SeedsOf(TakenSettings call)
    {
        JsonElement seed = call.Take("generator")!.Value.GetProperty("seed");
        return seed.ValueKind == JsonValueKind.Array ? [.. seed.EnumerateArray().Select(one => one.GetInt64())] : [seed.GetInt64()];
    }
}
