using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Levare.Codecs;
using Levare.Conditioning.Prompts;
using Levare.Grids;
using Levare.Solvers;

namespace Levare.Pipelines;

/// <summary>All that made a picture, nothing left to defaults: it is written into the picture's file and makes it again.</summary>
public sealed record ImageRecipe
{
    /// <summary>The PNG keyword of the recipe as JSON.</summary>
    public const string Keyword = "levare";

    /// <summary>The PNG keyword under which most tools write and read settings as text.</summary>
    public const string ParametersKeyword = "parameters";

    /// <summary>What made it, with its version.</summary>
    public string Software { get; init; } = $"Levare {typeof(ImageRecipe).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>The model's folder as it was given; null for the model in the box.</summary>
    public string? Model { get; init; }

    /// <summary>The model's <see cref="ModelFingerprint"/>.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Which of several files of weights was read; null for the plain one.</summary>
    public string? Variant { get; init; }

    /// <summary>For a model that is a single file: the folder whose configurations held, as it was given; null for those of the published models.</summary>
    public string? Configuration { get; init; }

    /// <summary>The autoencoder in the place of the model's, as it was given; null for the model's.</summary>
    public string? Vae { get; init; }

    /// <summary>That autoencoder's <see cref="ModelFingerprint"/>.</summary>
    public string? VaeFingerprint { get; init; }

    /// <summary>What was done with the model's safety checker; null for the usual.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<SafetyCheck>))]
    public SafetyCheck? Safety { get; init; }

    /// <summary>The adapters on the model, in the order of their making; null for none.</summary>
    public ImmutableArray<AdapterRecipe>? Adapters { get; init; }

    /// <summary>The words that the model was told of (textual inversion), in the order of their telling; null for none.</summary>
    public ImmutableArray<WordRecipe>? Words { get; init; }

    /// <summary>What it should show.</summary>
    public required string Prompt { get; init; }

    /// <summary>What it should not show; null for no such words.</summary>
    public string? Negative { get; init; }

    /// <summary>Other words for the second text encoder; null for the same.</summary>
    public string? SecondPrompt { get; init; }

    /// <summary>Other negative words for the second text encoder; null for the same.</summary>
    public string? SecondNegative { get; init; }

    /// <summary>How prompts were read; null for as they are.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<PromptSyntax>))]
    public PromptSyntax? Syntax { get; init; }

    /// <summary>The text encoder's last layers that were left out; null for none beyond the model's habit.</summary>
    public int? ClipSkip { get; init; }

    /// <summary>What was made of which pictures; null for pictures from words alone.</summary>
    public TaskRecipe? Task { get; init; }

    /// <summary>What else steered the run, in the order in which it was asked for; null for nothing.</summary>
    public ImmutableArray<ControlRecipe>? Controls { get; init; }

    /// <summary>Guidance by disturbed attention; null for none.</summary>
    public AttentionRecipe? Attention { get; init; }

    /// <summary>What the model was told of the picture beside words; null for what follows from its size.</summary>
    public MicroConditioning? Micro { get; init; }

    /// <summary>The start of all random draws.</summary>
    public required long Seed { get; init; }

    /// <summary>The number of solver steps.</summary>
    public required int Steps { get; init; }

    /// <summary>The scale of classifier-free guidance; 1 is none.</summary>
    public required double Guidance { get; init; }

    /// <summary>The share of rescaled guidance; null for none.</summary>
    public double? GuidanceRescale { get; init; }

    /// <summary>How much of a step's noise was new; null for the scheduler's own.</summary>
    public double? Eta { get; init; }

    /// <summary>The timesteps that were asked for; null for the scheduler's own.</summary>
    public ImmutableArray<double>? Timesteps { get; init; }

    /// <summary>The sigmas that were asked for; null for the scheduler's own.</summary>
    public ImmutableArray<double>? Sigmas { get; init; }

    /// <summary>The share of the way that was gone; null for all of it.</summary>
    public double? Until { get; init; }

    /// <summary>True where the picture was decoded in tiles, because memory was short; null else.</summary>
    public bool? Tiled { get; init; }

    /// <summary>Columns.</summary>
    public required int Width { get; init; }

    /// <summary>Rows.</summary>
    public required int Height { get; init; }

    /// <summary>The solver's name; null for that of the model's scheduler configuration.</summary>
    public string? Sampler { get; init; }

    /// <summary>The grid's name; null for that of the model's scheduler configuration.</summary>
    public string? Grid { get; init; }

    /// <summary>Where it was computed.</summary>
    public required string Device { get; init; }

    /// <summary>The number format of the network.</summary>
    public required string Dtype { get; init; }

    /// <summary>The SHA-256 of the initial latents, where they were given.</summary>
    public string? InitialLatents { get; init; }

    /// <summary>The folder of the model that took the last part of the way, as it was given; null where none did.</summary>
    public string? Refiner { get; init; }

    /// <summary>That model's <see cref="ModelFingerprint"/>.</summary>
    public string? RefinerFingerprint { get; init; }

    /// <summary>The adapters on that model, in the order of their making; null for none.</summary>
    public ImmutableArray<AdapterRecipe>? RefinerAdapters { get; init; }

    /// <summary>The words that that model was told of; null for none.</summary>
    public ImmutableArray<WordRecipe>? RefinerWords { get; init; }

    /// <summary>The share of the way that was gone without it.</summary>
    public double? SwitchAt { get; init; }

    /// <summary>The recipe as JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PipelineJson.Readable.ImageRecipe);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no recipe.</exception>
    public static ImageRecipe Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, PipelineJson.Default.ImageRecipe) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"This is no recipe of Levare: {e.Message}", e);
        }
    }

    /// <summary>The recipe in the text form that began with Stable Diffusion's web UI, which most tools show.</summary>
    public string ToParameters()
    {
        StringBuilder text = new(Prompt);
        foreach (AdapterRecipe adapter in Adapters ?? []) text.Append(CultureInfo.InvariantCulture, $" <lora:{adapter.Name}:{adapter.Weights}>");
        if (!string.IsNullOrEmpty(Negative)) text.Append("\nNegative prompt: ").Append(Negative);
        text.Append(CultureInfo.InvariantCulture, $"\nSteps: {Steps}, ");
        if (Sampler is not null) text.Append(CultureInfo.InvariantCulture, $"Sampler: {SolverCatalog.Find(Sampler).Label}, ");
        if (Grid is not null) text.Append(CultureInfo.InvariantCulture, $"Schedule type: {GridCatalog.Find(Grid).Label}, ");
        text.Append(CultureInfo.InvariantCulture, $"CFG scale: {Guidance}, Seed: {Seed}, Size: {Width}x{Height}, Model hash: {Fingerprint[..10]}, ");
        if (Task?.Settings.TryGetValue("strength", out double strength) == true) text.Append(CultureInfo.InvariantCulture, $"Denoising strength: {strength}, ");
        if (ClipSkip is { } skipped) text.Append(CultureInfo.InvariantCulture, $"Clip skip: {skipped + 1}, ");
        if (SwitchAt is { } share) text.Append(CultureInfo.InvariantCulture, $"Refiner: {Path.GetFileName(Path.TrimEndingDirectorySeparator(Refiner ?? ""))} [{RefinerFingerprint?[..10]}], Refiner switch at: {share}, ");
        if (Model is not null) text.Append(CultureInfo.InvariantCulture, $"Model: {Path.GetFileName(Path.TrimEndingDirectorySeparator(Model))}, ");
        if (Adapters is [_, ..] adapters) text.Append(CultureInfo.InvariantCulture, $"Lora hashes: \"{string.Join(", ", adapters.Select(adapter => $"{adapter.Name}: {adapter.Hash[..12]}"))}\", ");
        if (Words is [_, ..] words) text.Append(CultureInfo.InvariantCulture, $"TI hashes: \"{string.Join(", ", words.Select(word => $"{word.Name}: {word.Hash[..12]}"))}\", ");
        return text.Append(CultureInfo.InvariantCulture, $"Version: {Software}").ToString();
    }

    /// <summary>The texts of a picture's file.</summary>
    public ImmutableArray<KeyValuePair<string, string>> ToTexts() => [new(ParametersKeyword, ToParameters()), new(Keyword, ToJson())];

    /// <summary>The recipe in a PNG file, or null when it holds none of Levare's.</summary>
    /// <exception cref="InvalidDataException">It is no sound PNG file, or its recipe is damaged.</exception>
    public static ImageRecipe? Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return PngText.Read(stream).TryGetValue(Keyword, out string? json) ? Parse(json) : null;
    }

    /// <summary>The request that makes the picture again with the same model; its task, controls, initial latents and refiner are to be added where there were any.</summary>
    public ImageRequest ToRequest() => new(Prompt)
    {
        Negative = Negative, Seed = Seed, Steps = Steps, Guidance = Guidance, Size = new(Width, Height), Sampler = Sampler, Grid = Grid,
        SecondPrompt = SecondPrompt, SecondNegative = SecondNegative, Syntax = Syntax ?? PromptSyntax.Plain, ClipSkip = ClipSkip, Micro = Micro ?? new(),
        GuidanceRescale = GuidanceRescale ?? 0, Eta = Eta, Timesteps = Timesteps ?? [], Sigmas = Sigmas ?? [], Until = Until, Attention = Attention?.ToGuidance(),
    };
}
