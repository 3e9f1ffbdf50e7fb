using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Levare.Runtime;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>A run's state on disk: a folder with the weights, their averages, the optimiser's state, and state.json with the digests of all of them.</summary>
/// <remarks>The folder is written under another name and then renamed, so a checkpoint is there as a whole or not at all.</remarks>
public sealed class Checkpoint
{
    private const string StateFile = "state.json";
    internal const string WeightsFile = "weights.safetensors";
    internal const string OptimiserFile = "optimiser.safetensors";
    internal const string UncertaintyFile = "uncertainty.safetensors";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private Checkpoint(string folder, TrainingState state) => (Folder, State) = (folder, state);

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>Steps made.</summary>
    public long Step => State.Step;

    /// <summary>The names of the averages that it holds.</summary>
    public IEnumerable<string> Averages => State.Files.Keys.Where(f => f.StartsWith("average-", StringComparison.Ordinal)).Select(f => f[8..^12]);

    internal TrainingState State { get; }

    /// <summary>The last sound checkpoint of a run's folder; null when there is none.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="warn">Told of each damaged one that is passed over.</param>
    public static Checkpoint? FindLast(string run, Action<string>? warn = null)
    {
        foreach (string folder in Folders(run).Reverse())
            try
            {
                return Open(folder);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                warn?.Invoke($"Checkpoint {folder} is damaged and passed over: {e.Message}");
            }
        return null;
    }

    /// <summary>Opens a checkpoint and checks every file of it.</summary>
    /// <exception cref="InvalidDataException">A file is missing or not what was written.</exception>
    public static Checkpoint Open(string folder)
    {
        TrainingState state;
        try
        {
            state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllBytes(Path.Combine(folder, StateFile)), Json)
                ?? throw new InvalidDataException($"{StateFile} is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{StateFile} cannot be read: {e.Message}", e);
        }
        if (state.Files is not { } files || !files.ContainsKey(WeightsFile)) throw new InvalidDataException($"{StateFile} names no {WeightsFile}.");
        foreach ((string file, string digest) in files)
            if (FileHash.Of(Path.Combine(folder, file)) != digest) throw new InvalidDataException($"{file} is not what was written.");
        return new(folder, state);
    }

    /// <summary>Copies its weights into a network; parameters that are not trained stay as they are.</summary>
    /// <param name="network">float32 or another type, which the values are converted to.</param>
    /// <param name="average">The name of an average; the trained weights themselves when null.</param>
    public void Load(nn.Module network, string? average = null) => LoadPart(network, average, _ => true);

    /// <summary>Copies some of its weights into a network.</summary>
    /// <param name="network">float32 or another type, which the values are converted to.</param>
    /// <param name="average">The name of an average; the trained weights themselves when null.</param>
    /// <param name="wanted">Whether the parameter of a name is to be loaded.</param>
    public void LoadPart(nn.Module network, string? average, Func<string, bool> wanted)
    {
        using SafetensorsFile file = OpenFile(average is null ? WeightsFile : AverageFile(average));
        using var grad = no_grad();
        foreach ((string name, var parameter) in network.named_parameters().Where(p => wanted(p.name)))
        {
            bool stored = file.Entries.ContainsKey(name);
            if (!stored && parameter.requires_grad) throw new InvalidDataException($"{file.Path} has no weights for '{name}'.");
            // A frozen part is not saved by the run that froze it, but by the one that trained it.
            if (!stored) continue;
            using Tensor value = file.Load(name);
            Copy(name, value, parameter);
        }
    }

    internal static void Copy(string name, Tensor saved, Tensor target)
    {
        if (!saved.shape.SequenceEqual(target.shape))
            throw new InvalidDataException($"'{name}' was saved as [{string.Join(", ", saved.shape)}]; the network has [{string.Join(", ", target.shape)}].");
        target.copy_(saved);
    }

    internal static string AverageFile(string name) => $"average-{name}.safetensors";

    /// <summary>Opens one of its files.</summary>
    /// <exception cref="InvalidDataException">It has no such file.</exception>
    internal SafetensorsFile OpenFile(string file) => State.Files.ContainsKey(file)
        ? SafetensorsFile.Open(Path.Combine(Folder, file))
        : throw new InvalidDataException($"Checkpoint {Folder} has no {file}; it has {string.Join(", ", State.Files.Keys)}.");

    /// <summary>Writes a checkpoint and removes all but the last few.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="state">Its files are filled in here.</param>
    /// <param name="parts">The tensors of each file.</param>
    /// <param name="keep">How many checkpoints stay.</param>
    internal static string Write(string run, TrainingState state, IEnumerable<KeyValuePair<string, IEnumerable<KeyValuePair<string, Tensor>>>> parts, int keep)
    {
        string parent = Parent(run);
        Directory.CreateDirectory(parent);
        foreach (string left in Directory.EnumerateDirectories(parent, ".*")) Directory.Delete(left, recursive: true);
        string folder = Path.Combine(parent, state.Step.ToString("D9", CultureInfo.InvariantCulture));
        string aside = Path.Combine(parent, $".{state.Step}");
        SortedDictionary<string, string> digests = new(StringComparer.Ordinal);
        foreach ((string file, IEnumerable<KeyValuePair<string, Tensor>> tensors) in parts)
        {
            string path = Path.Combine(aside, file);
            SafetensorsWriter.Write(path, tensors);
            digests[file] = FileHash.Of(path);
        }
        TrainingState complete = state with { Files = digests.ToImmutableSortedDictionary(StringComparer.Ordinal) };
        AtomicFile.WriteText(Path.Combine(aside, StateFile), JsonSerializer.Serialize(complete, Json));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.Move(aside, folder);
        foreach (string old in Folders(run).SkipLast(keep)) Directory.Delete(old, recursive: true);
        return folder;
    }

    private static string Parent(string run) => Path.Combine(run, "checkpoints");

    private static IEnumerable<string> Folders(string run) => !Directory.Exists(Parent(run)) ? [] :
        Directory.EnumerateDirectories(Parent(run)).Where(f => Path.GetFileName(f).All(char.IsAsciiDigit)).Order(StringComparer.Ordinal);
}
