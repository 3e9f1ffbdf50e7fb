using System.Text.Json;
using Levare.Compatibility;
using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>Reads the scheduler of a model's folder.</summary>
internal static class ModelScheduler
{
    /// <summary>The scheduler's settings.</summary>
    /// <param name="model">The model.</param>
    /// <param name="read">What the pipeline makes of scheduler_config.json; the class that the file names when null.</param>
    /// <param name="part">The scheduler's name among the parts.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not sound.</exception>
    public static SchedulerConfig Read(ModelFiles model, Func<JsonElement, SchedulerConfig>? read = null, string part = "scheduler")
    {
        ModelComponent component = model.FolderOf(part) is { } folder ? ModelComponent.Open(folder) : model.Component(part);
        try
        {
            return (read ?? DiffusersScheduler.ReadConfig)(component.Config);
        }
        catch (Exception e) when (e is FormatException or NotSupportedException)
        {
            throw new InvalidDataException($"{component.ConfigPath}: {e.Message}", e);
        }
    }
}
