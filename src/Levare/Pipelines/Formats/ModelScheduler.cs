using System.Text.Json;
using Levare.Compatibility;
using Levare.Runtime;

namespace Levare.Pipelines.Formats;

/// <summary>Reads the scheduler of a model's folder.</summary>
internal static class ModelScheduler
{
    /// <summary>The scheduler's settings.</summary>
    /// <param name="index">The model.</param>
    /// <param name="read">What the pipeline makes of scheduler_config.json; the class that the file names when null.</param>
    /// <exception cref="InvalidDataException">The file is not sound.</exception>
    public static SchedulerConfig Read(ModelIndex index, Func<JsonElement, SchedulerConfig>? read = null)
    {
        string path = Path.Combine(index.PartFolder("scheduler"), "scheduler_config.json");
        using JsonDocument document = PythonJson.Parse(File.ReadAllBytes(path));
        try
        {
            return (read ?? DiffusersScheduler.ReadConfig)(document.RootElement);
        }
        catch (Exception e) when (e is FormatException or NotSupportedException)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }
}
