using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Levare.Cli.Terminal;
using Levare.Grids;
using Levare.Pipelines;
using Levare.Solvers;

namespace Levare.Cli.Commands;

/// <summary>levare generate: pictures from words.</summary>
internal static class GenerateCommand
{
    // Requests and names are made before the first picture is.
    private const int MostPictures = 100_000;

    private static readonly Argument<string> Prompt = new("prompt")
    {
        Description = "What the picture shows; a class's name for models of classes; nothing for models that are told nothing.",
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<string?> Model = new("--model", "-m") { Description = "A model's folder, or a model of the Hugging Face hub, fetched where it is not here yet. Without it: the model in the box.", HelpName = ModelSource.HelpName };
    private static readonly Option<string?> Out = new("--out", "-o") { Description = "A picture file (.png, .webp, .jpg) or a folder. Without it: a name made of the prompt, here.", HelpName = "path" };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace files that exist." };
    private static readonly Option<long?> Seed = new("--seed", "-s") { Description = "The start of all random draws: the same seed makes the same picture. Without it: one by chance.", HelpName = "number" };
    private static readonly Option<int> Count = new("--count", "-n") { Description = "How many pictures, with the seeds seed, seed + 1, ...", DefaultValueFactory = _ => 1, HelpName = "number" };
    private static readonly Option<int?> Steps = new("--steps") { Description = "Solver steps.", HelpName = "number" };
    private static readonly Option<double?> Guidance = new("--guidance", "-g") { Description = "How strongly the prompt pulls (classifier-free guidance); 1 is not at all.", HelpName = "number" };
    private static readonly Option<string?> Negative = new("--negative") { Description = "What the picture should not show.", HelpName = "text" };
    private static readonly Option<string?> Size = new("--size") { Description = "Pixels, 64x64 say.", HelpName = "WxH" };
    private static readonly Option<string?> SamplerName = new("--sampler") { Description = "The solver, dpm++2m say; an unknown name lists them.", HelpName = "name" };
    private static readonly Option<string?> GridName = new("--grid") { Description = "Where the steps are placed, karras say; an unknown name lists them.", HelpName = "name" };
    private static readonly Option<string?> InitLatents = new("--init-latents") { Description = "Start from this noise (safetensors, 'latents').", HelpName = "file" };
    private static readonly Option<string?> LatentsOut = new("--latents-out") { Description = "Write the last states too (safetensors, 'latents').", HelpName = "file" };
    private static readonly Option<string?> Film = new("--film") { Description = "Write the way from noise to picture too: .png for a strip, .webp for an animation.", HelpName = "file" };

    public static Command Create()
    {
        Command command = new("generate", "Make pictures from words.")
        {
            Prompt, Model, Out, Overwrite, Seed, Count, Steps, Guidance, Negative, Size, SamplerName, GridName, InitLatents, LatentsOut, Film,
            AdapterOptions.Lora, AdapterOptions.AllowUnmatched, EmbeddingOptions.Embedding,
            SharedOptions.Device, SharedOptions.Dtype, SharedOptions.Json, SharedOptions.Quiet,
        };
        command.SetWork(Run);
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        ImageRequest[] requests = Requests(parsed);
        OutputFiles files = OutputFiles.Plan(parsed.GetValue(Out), parsed.GetValue(Prompt)!, requests.Length, parsed.GetValue(Overwrite));
        string? film = Writable(parsed, Film), latents = Writable(parsed, LatentsOut);
        OutputFiles.RequireDistinct([.. files.Named, .. new[] { film, latents }.OfType<string>()]);
        ImageModelOptions options = new() { Device = parsed.GetValue(SharedOptions.Device)!, Dtype = parsed.GetValue(SharedOptions.Dtype) };
        bool silent = parsed.GetValue(SharedOptions.Quiet) || parsed.GetValue(SharedOptions.Json);
        ModelSource? source = parsed.GetValue(Model) is { } name ? ModelSource.Resolve(name, silent, cancellation) : null;
        using ImageModel plain = source is null ? ImageModel.LoadDefault(options) : ImageModel.Load(source.Path, options with { Source = source.Name });
        using ImageModel adapted = AdapterOptions.Apply(plain, parsed, silent);
        using ImageModel model = EmbeddingOptions.Apply(adapted, parsed);
        Threads.Suit(model);
        if (!silent && model.UnknownWords(requests[0].Prompt) is { Count: > 0 } unknown)
            Console.Error.WriteLine($"The model does not know these words: {string.Join(", ", unknown)}.");
        List<SavedImage> saved = [];
        for (int i = 0; i < requests.Length; i++)
        {
            using IStepView view = StepView.Create(silent, i, requests.Length);
            List<ImageStep> steps = Make(model, requests[i], view, keepAll: film is not null, cancellation);
            saved.Add(new(files.Save(steps[^1].Result!, i), steps[^1].Result!));
            if (film is not null) ImageFilm.Save(film, steps);
            if (!silent) Tell(saved[^1]);
        }
        if (latents is not null) Latents.Save(latents, saved.Select(image => image.Result.Latents));
        if (parsed.GetValue(SharedOptions.Json)) Console.WriteLine(Json(saved, film, latents, clock.Elapsed));
        return ExitCodes.Success;
    }

    // All steps of a picture, or the last alone.
    private static List<ImageStep> Make(ImageModel model, ImageRequest request, IStepView view, bool keepAll, CancellationToken cancellation)
    {
        List<ImageStep> steps = [];
        foreach (ImageStep step in model.Steps(request, cancellation))
        {
            view.Show(step);
            if (!keepAll) steps.Clear();
            steps.Add(step);
        }
        return steps;
    }

    private static ImageRequest[] Requests(ParseResult parsed)
    {
        int count = parsed.GetValue(Count);
        if (count is < 1 or > MostPictures) throw new UsageException($"--count {count}: 1 to {MostPictures}.");
        if (parsed.GetValue(Film) is not null && count > 1) throw new UsageException("--film shows one picture: leave --count out.");
        ImageRequest first = new(parsed.GetValue(Prompt)!)
        {
            Negative = parsed.GetValue(Negative),
            Seed = parsed.GetValue(Seed) ?? RandomNumberGenerator.GetInt32(int.MaxValue),
            Steps = parsed.GetValue(Steps),
            Guidance = parsed.GetValue(Guidance),
            Size = parsed.GetValue(Size) is { } size ? UsageException.Unless(() => ImageSize.Parse(size)) : null,
            Sampler = parsed.GetValue(SamplerName) is { } sampler ? SolverCatalog.Find(sampler).Name : null,
            Grid = parsed.GetValue(GridName) is { } grid ? GridCatalog.Find(grid).Name : null,
        };
        ImageRequest[] requests = [.. first.Repeat(count)];
        if (parsed.GetValue(InitLatents) is not { } file) return requests;
        Latents latents = Latents.Load(file);
        if (latents.Shape[0] != count) throw new UsageException($"{file} holds {latents.Shape[0]} starts where --count is {count}.");
        return [.. requests.Select((request, i) => request with { InitialLatents = latents.Row(i) })];
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
            json.WritePropertyName("recipe");
            json.WriteRawValue(image.Result.Recipe.ToJson());
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (film is not null) json.WriteString("film", film);
        if (latents is not null) json.WriteString("latents", latents);
        json.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
    });

    private readonly record struct SavedImage(string Path, ImageResult Result);
}
