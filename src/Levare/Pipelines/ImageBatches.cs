using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Grids;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Prompts;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>Puts requests that go together into one batch, and the model's defaults where they are silent.</summary>
internal static class ImageBatches
{
    /// <summary>The batch of some requests, which must agree in all but prompts, seeds and initial latents.</summary>
    /// <exception cref="ArgumentException">They do not, or name something that does not exist.</exception>
    public static ImageBatch Of(ImmutableArray<ImageRequest> requests, ImageModelParts parts)
    {
        if (requests.IsEmpty) throw new RequestException("a batch of no requests makes no pictures.");
        ImageRequest first = requests[0];
        if (requests.FirstOrDefault(request => !GoesWith(request, first)) is { } other)
            throw new RequestException($"one batch can have many prompts and seeds, but else its requests must agree: '{other.Prompt}' asks for other settings than '{first.Prompt}'.");
        ImageDefaults defaults = parts.Defaults;
        double guidance = first.Guidance ?? defaults.Guidance;
        Check(first, guidance);
        if (first.Eta is not null) RequireEta(parts.Scheduler.ClassName);
        ImageGuidance words = first.Task.GuidanceOf(guidance, first.GuidanceRescale, parts), guided = first.Attention?.Beside(words, parts) ?? words;
        if (!guided.NeedsNegative) RequireNothingOfGuidance(requests, guidance);
        return new()
        {
            Prompts = [.. requests.Select(Prompt)],
            Syntax = first.Syntax,
            Task = first.Task,
            Controls = first.Controls,
            Size = first.Size,
            Schedule = Schedule(first, defaults),
            Solver = (first.Sampler ?? defaults.Sampler) is { } sampler ? SolverCatalog.Find(sampler) : null,
            Grid = Grid(first, defaults) is { } grid ? GridCatalog.Find(grid) : null,
            Guidance = guided,
            ClipSkip = first.ClipSkip,
            Micro = first.Micro,
            Until = first.Refiner?.SwitchAt ?? first.Until,
            Temperature = defaults.Temperature,
            InitialLatents = Together(requests),
        };
    }

    // Solvers and grids have several names, and a batch is compared before they are resolved: what is written differently may not go together.
    private static bool GoesWith(ImageRequest request, ImageRequest first) => Shared(request) == Shared(first)
        && request.Timesteps.SequenceEqual(first.Timesteps) && request.Sigmas.SequenceEqual(first.Sigmas) && request.Controls.SequenceEqual(first.Controls)
        && request.InitialLatents is null == first.InitialLatents is null;

    private static ImageRequest Shared(ImageRequest request) => request with
    {
        Prompt = "", Negative = null, SecondPrompt = null, SecondNegative = null, Seed = 0, InitialLatents = null, Timesteps = [], Sigmas = [], Controls = [],
    };

    private static void Check(ImageRequest request, double guidance)
    {
        if (request.Steps < 1) throw new RequestException($"{request.Steps} steps cannot be taken: 1 or more.");
        if (!double.IsFinite(guidance)) throw new RequestException($"the guidance is {guidance}, where a finite number is needed.");
        if (request.GuidanceRescale is not (>= 0 and <= 1)) throw new RequestException($"the guidance's rescale is {request.GuidanceRescale}: it is between 0 and 1.");
        if (request.ClipSkip < 0) throw new RequestException($"{request.ClipSkip} layers cannot be left out: 0 or more.");
        if (request.Grid is not null && GivesLevels(request)) throw new RequestException($"the grid {request.Grid} makes levels of its own: leave out either it or the timesteps and sigmas.");
        if (request.Sampler is not null && request.Eta is not null) throw new RequestException($"eta is a setting of the model's own scheduler, and {request.Sampler} takes its place: leave out either.");
    }

    private static void RequireEta(string scheduler)
    {
        if (!DiffusersScheduler.NamesWithEta.Contains(scheduler))
            throw new RequestException($"the model's scheduler, {scheduler}, has no eta (those that have: {string.Join(", ", DiffusersScheduler.NamesWithEta)}): leave it out.");
    }

    private static void RequireNothingOfGuidance(ImmutableArray<ImageRequest> requests, double guidance)
    {
        if (requests.Any(request => !string.IsNullOrEmpty(request.Negative) || !string.IsNullOrEmpty(request.SecondNegative)))
            throw new RequestException($"a negative prompt works through guidance, and guidance is {guidance}, which is none: ask for more.");
        if (requests[0].GuidanceRescale > 0) throw new RequestException($"there is no guidance (it is {guidance}) whose contrast could be brought back: leave out the rescale, or ask for more guidance.");
    }

    // Levels that are asked for take the place of the model's habits, too.
    private static string? Grid(ImageRequest request, ImageDefaults defaults) => request.Grid ?? (GivesLevels(request) ? null : defaults.Grid);

    private static bool GivesLevels(ImageRequest request) => !request.Timesteps.IsEmpty || !request.Sigmas.IsEmpty;

    private static ScheduleRequest Schedule(ImageRequest request, ImageDefaults defaults)
    {
        int given = Math.Max(request.Timesteps.Length, request.Sigmas.Length);
        return new(given > 0 ? given : request.Steps ?? defaults.Steps) { Timesteps = request.Timesteps, Sigmas = request.Sigmas, Eta = request.Eta };
    }

    private static ImagePrompt Prompt(ImageRequest request) =>
        new(request.Prompt) { Negative = request.Negative, Second = request.SecondPrompt, SecondNegative = request.SecondNegative };

    private static Latents? Together(ImmutableArray<ImageRequest> requests)
    {
        if (requests[0].InitialLatents is not { } first) return null;
        if (requests.Length == 1) return first;
        using var scope = NewDisposeScope();
        return new(cat([.. requests.Select(request => request.InitialLatents!.ToTensor())], 0));
    }
}
