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
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not sound.</exception>
    public static SchedulerConfig Read(ModelFiles model, Func<JsonElement, SchedulerConfig>? read = null)
    {
        ModelComponent component = model.FolderOf("scheduler") is { } folder ? ModelComponent.Open(folder) : model.Component("scheduler");
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
