using System.Text.Encodings.Web;
using System.Text.Json;
using Levare.Runtime;

namespace Levare.Recipes;

/// <summary>One sitting of a run: what it cost.</summary>
/// <param name="Started">When it began.</param>
/// <param name="Seconds">How long it took, data and samples included.</param>
/// <param name="ProcessorSeconds">Processor time of all threads.</param>
/// <param name="PeakMegabytes">The largest memory that the process held.</param>
/// <param name="FromImages">Pictures seen before it.</param>
/// <param name="ToImages">Pictures seen after it.</param>
/// <param name="Threads">Threads of tensor operations.</param>
/// <param name="Device">Where it was computed.</param>
public sealed record RunSitting(
    DateTimeOffset Started, double Seconds, double ProcessorSeconds, long PeakMegabytes, long FromImages, long ToImages, int Threads, string Device);

/// <summary>What a run's folder says of itself besides its recipe.</summary>
/// <param name="Data">Where the data lies, as it was given.</param>
/// <param name="Classes">The classes' names by label; empty without classes.</param>
/// <param name="TrainCount">Pictures trained on.</param>
/// <param name="HeldOutCount">Pictures held out.</param>
/// <param name="SkippedCount">Pictures that could not be decoded.</param>
/// <param name="Parameters">Numbers that the network learns.</param>
/// <param name="Sittings">What it cost so far.</param>
public sealed record RunRecord(
    string Data, IReadOnlyList<string> Classes, int TrainCount, int HeldOutCount, int SkippedCount, long Parameters, IReadOnlyList<RunSitting> Sittings);

/// <summary>The folder of a training run: recipe.json, run.json, metrics.jsonl, loss.png, samples/, checkpoints/, model/ and report/.</summary>
/// <param name="Path">The folder.</param>
public sealed record RunFolder(string Path)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The recipe as it was run.</summary>
    public string RecipeFile => System.IO.Path.Combine(Path, "recipe.json");

    /// <summary>The data's place and what the run cost.</summary>
    public string RecordFile => System.IO.Path.Combine(Path, "run.json");

    /// <summary>A line a step.</summary>
    public string MetricsFile => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>The loss over the run as a picture.</summary>
    public string LossPlotFile => System.IO.Path.Combine(Path, "loss.png");

    /// <summary>Sheets of samples, named by the pictures seen.</summary>
    public string Samples => System.IO.Path.Combine(Path, "samples");

    /// <summary>The model in diffusers' layout.</summary>
    public string Model => System.IO.Path.Combine(Path, "model");

    /// <summary>The last evaluation.</summary>
    public string Report => System.IO.Path.Combine(Path, "report");

    /// <summary>Decoded pictures and other things that can be made again.</summary>
    public string Cache => System.IO.Path.Combine(Path, "cache");

    /// <summary>Whether a run was begun here.</summary>
    public bool Exists => File.Exists(RecipeFile);

    /// <summary>Reads the recipe.</summary>
    /// <exception cref="InvalidDataException">There is none, or it is not sound.</exception>
    public Recipe ReadRecipe() =>
        Exists ? RecipeJson.Parse(File.ReadAllText(RecipeFile), RecipeFile) : throw new InvalidDataException($"{Path} holds no run: it has no recipe.json.");

    /// <summary>Writes the recipe.</summary>
    public void Write(Recipe recipe) => AtomicFile.WriteText(RecipeFile, RecipeJson.Write(recipe));

    /// <summary>Reads run.json; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is not sound.</exception>
    public RunRecord? ReadRecord()
    {
        if (!File.Exists(RecordFile)) return null;
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllBytes(RecordFile), Json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{RecordFile} is not sound: {e.Message}", e);
        }
    }

    /// <summary>Writes run.json.</summary>
    public void Write(RunRecord record) => AtomicFile.WriteText(RecordFile, JsonSerializer.Serialize(record, Json) + "\n");
}
