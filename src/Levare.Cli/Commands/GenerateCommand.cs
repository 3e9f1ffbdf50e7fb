using System.Collections.Immutable;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Levare.Pipelines;
using Levare.Pipelines.Tasks;

namespace Levare.Cli.Commands;

/// <summary>levare generate: pictures from words, and from pictures.</summary>
internal static class GenerateCommand
{
    // Requests and names are made before the first picture is.
    private const int MostPictures = 100_000;

    private static readonly Argument<string> Prompt = new("prompt")
    {
        Description = "What the picture shows; a class's name for models of classes; nothing for models that are told nothing.",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string?> Out = new("--out", "-o") { Description = "A picture file (.png, .webp, .jpg) or a folder. Without it: a name made of the prompt, here.", HelpName = "path" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace files that exist." };
    private static readonly Option<string?> Size = new("--size") { Description = "Pixels, 64x64 say.", HelpName = "WxH" };
    private static readonly Option<long?> Seed = new("--seed", "-s") { Description = "The start of all random draws: the same seed makes the same picture. Without it: one by chance.", HelpName = "number" };
    private static readonly Option<int> Count = new("--count", "-n") { Description = "How many pictures, with the seeds seed, seed + 1, ...", DefaultValueFactory = _ => 1, HelpName = "number" };
    private static readonly Option<int> Batch = new("--batch") { Description = "How many pictures are made at a time: more is faster on a GPU, and takes more memory.", DefaultValueFactory = _ => 1, HelpName = "number" };
    private static readonly Option<string?> InitLatents = new("--init-latents") { Description = "Start from this noise (safetensors, 'latents'); with --from or --strength: go on from these states.", HelpName = "file" };
    private static readonly Option<string?> LatentsOut = new("--latents-out") { Description = "Write the last states too (safetensors, 'latents').", HelpName = "file" };
    private static readonly Option<string?> Film = new("--film") { Description = "Write the way from noise to picture too: .png for a strip, .webp for an animation.", HelpName = "file" };

    /// <summary>The command's name.</summary>
    public const string Name = "generate";

    /// <summary>Its options, in the order of the help.</summary>
    public static IReadOnlyList<OptionGroup> Groups { get; } =
    [
        new("What is made", Out, Overwrite, Size, Seed, Count, Batch, Film, LatentsOut, InitLatents),
        PromptOptions.Group,
        PictureOptions.Group,
        SamplingOptions.Group,
        GuidanceOptions.Group,
        ControlOptions.Group,
        ModelOptions.Group,
        new("Beside the model", [.. AdapterOptions.All, EmbeddingOptions.Embedding, RefinerOptions.Option]),
        new("The tool", SharedOptions.Json, SharedOptions.Quiet),
    ];

    public static Command Create()
    {
        Command command = new(Name, "Make pictures from words, and from pictures.") { Prompt };
        foreach (Option option in Groups.SelectMany(group => group.Options)) command.Options.Add(option);
        command.SetWork(Run);
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        ImageRequest[] requests = Requests(parsed);
        PictureInputs pictures = PictureOptions.Read(parsed, hasLatents: parsed.GetValue(InitLatents) is not null);
        ControlInputs controls = ControlOptions.Read(parsed);
        OutputFiles files = OutputFiles.Plan(parsed.GetValue(Out), parsed.GetValue(Prompt)!, requests.Length, parsed.GetValue(Overwrite));
        string? film = Writable(parsed, Film), latents = Writable(parsed, LatentsOut);
        OutputFiles.RequireDistinct([.. files.Named, .. new[] { film, latents }.OfType<string>()]);
        bool silent = parsed.GetValue(SharedOptions.Quiet) || parsed.GetValue(SharedOptions.Json);
        using LoadedModels loaded = LoadedModels.Load(parsed, controls, silent, cancellation);
        ImageModel model = loaded.Model;
        requests = Started(parsed, requests, pictures.TaskFor(model), pictures, request => request with { Controls = loaded.Controls, Refiner = loaded.Refiner });
        Threads.Suit(model);
        if (!silent && model.UnknownWords(requests[0].Prompt) is { Count: > 0 } unknown)
            Console.Error.WriteLine($"The model does not know these words: {string.Join(", ", unknown)}.");
        List<SavedImage> saved = [];
        foreach (ImageRequest[] batch in requests.Chunk(parsed.GetValue(Batch)))
        {
            using IStepView view = StepView.Create(silent, saved.Count, batch.Length, requests.Length);
            List<ImmutableArray<ImageStep>> steps = Make(model, batch, view, keepAll: film is not null, cancellation);
            foreach (ImageStep last in steps[^1])
            {
                saved.Add(new(files.Save(last.Result!, saved.Count), last.Result!));
                if (!silent) Tell(saved[^1]);
            }
            if (film is not null) ImageFilm.Save(film, [.. steps.Select(step => step[0])]);
        }
        if (latents is not null) Latents.Save(latents, saved.Select(image => image.Result.Latents));
        if (parsed.GetValue(SharedOptions.Json)) Console.WriteLine(Json(saved, film, latents, clock.Elapsed));
        return ExitCodes.Success;
    }

    // All steps of a batch, or the last alone.
    private static List<ImmutableArray<ImageStep>> Make(ImageModel model, ImageRequest[] batch, IStepView view, bool keepAll, CancellationToken cancellation)
    {
        List<ImmutableArray<ImageStep>> steps = [];
        foreach (ImmutableArray<ImageStep> step in model.BatchSteps([.. batch], cancellation))
        {
            view.Show(step[0]);
            if (!keepAll) steps.Clear();
            steps.Add(step);
        }
        return steps;
    }

    private static ImageRequest[] Requests(ParseResult parsed)
    {
        int count = parsed.GetValue(Count), batch = parsed.GetValue(Batch);
        if (count is < 1 or > MostPictures) throw new UsageException($"--count {count}: 1 to {MostPictures}.");
        if (batch is < 1 or > MostPictures) throw new UsageException($"--batch {batch}: 1 to {MostPictures}.");
        if (parsed.GetValue(Film) is not null && count > 1) throw new UsageException("--film shows one picture: leave --count out.");
        ImageRequest first = new(parsed.GetValue(Prompt)!)
        {
            Seed = parsed.GetValue(Seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            Size = parsed.GetValue(Size) is { } size ? UsageException.Unless(() => ImageSize.Parse(size)) : null,
        };
        return [.. GuidanceOptions.Apply(SamplingOptions.Apply(PromptOptions.Apply(first, parsed), parsed), parsed).Repeat(count)];
    }

    // A file of latents is noise to start from; with --from the states that another run left; with --strength clean ones to work from.
    private static ImageRequest[] Started(ParseResult parsed, ImageRequest[] requests, ImageTask task, PictureInputs inputs, Func<ImageRequest, ImageRequest> loaded)
    {
        bool goesOn = inputs.Image is null && (inputs.From ?? inputs.Strength) is not null;
        if (parsed.GetValue(InitLatents) is not { } file)
            return goesOn ? throw new UsageException("--from goes on from a picture or a state: name it with --image or --init-latents.") : [.. requests.Select(request => loaded(request) with { Task = task })];
        Latents latents = Latents.Load(file);
        if (latents.Shape[0] != requests.Length) throw new UsageException($"{file} holds {latents.Shape[0]} starts where --count is {requests.Length}.");
        if (!goesOn) return [.. requests.Select((request, i) => loaded(request) with { Task = task, InitialLatents = latents.Row(i) })];
        if (parsed.GetValue(Batch) > 1) throw new UsageException("--from and --strength take each of the latents by itself: leave --batch out.");
        return [.. requests.Select((request, i) => loaded(request) with
        {
            Task = inputs.From is { } share ? new ContinueFrom(latents.Row(i), share) : new LatentsToImage(latents.Row(i)) { Strength = inputs.Strength },
        })];
    }

    // Where a file is to go is checked before minutes are spent on what goes there.
    private static string? Writable(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } path) return null;
        if (option == Film) UsageException.Unless(() => ImageFilm.Check(path));
        OutputFiles.RequireFree(path, parsed.GetValue(Overwrite));
        return path;
    }

    private static void Tell(SavedImage image)
    {
        ImageRecipe recipe = image.Result.Recipe;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{recipe.Width}x{recipe.Height}, seed {recipe.Seed}, {recipe.Steps} steps, {image.Result.Evaluations} evaluations in {image.Result.Elapsed.TotalSeconds:f1} s"));
        foreach (string text in image.Result.Dropped.Distinct(StringComparer.Ordinal))
            Console.Error.WriteLine($"The text encoder had no room for '{text}'; --syntax a1111 takes prompts of any length.");
        if (image.Result.Safety is { IsFlagged: true }) Console.Error.WriteLine("The model's safety checker condemns this picture (--safety-checker on makes such pictures black, report leaves them).");
        Console.WriteLine(image.Path);
    }

    private static string Json(List<SavedImage> saved, string? film, string? latents, TimeSpan elapsed) => CliJson.Write(json =>
    {
        json.WriteStartArray("images");
        foreach (SavedImage image in saved)
        {
            json.WriteStartObject();
            json.WriteString("path", image.Path);
            json.WriteNumber("seconds", Math.Round(image.Result.Elapsed.TotalSeconds, 3));
            json.WriteNumber("evaluations", image.Result.Evaluations);
            if (image.Result.Safety is { } verdict) json.WriteBoolean("flagged", verdict.IsFlagged);
            if (!image.Result.Dropped.IsEmpty) WriteTexts(json, "dropped", image.Result.Dropped);
            json.WritePropertyName("recipe");
            json.WriteRawValue(image.Result.Recipe.ToJson());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (film is not null) json.WriteString("film", film);
        if (latents is not null) json.WriteString("latents", latents);
        json.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
    });

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private readonly record struct SavedImage(string Path, ImageResult Result);
}
