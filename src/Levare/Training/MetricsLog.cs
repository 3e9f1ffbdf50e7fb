using System.Text.Json;
using Levare.Runtime;

namespace Levare.Training;

/// <summary>Writes metrics.jsonl into the run's folder: one line of JSON a step. A run that goes on drops the lines of steps to be made again.</summary>
/// <param name="every">Steps between lines.</param>
public sealed class MetricsLog(long every = 1) : ITrainingListener
{
    private const string FileName = "metrics.jsonl";
    private string? _path;

    /// <inheritdoc/>
    public void Started(string folder, long step)
    {
        _path = Path.Combine(folder, FileName);
        if (!File.Exists(_path)) return;
        AtomicFile.WriteText(_path, string.Concat(File.ReadLines(_path).Where(line => StepOf(line) <= step).Select(line => line + "\n")));
    }

    /// <inheritdoc/>
    public void Stepped(TrainingProgress progress)
    {
        if (_path is null || (progress.Step % every != 0 && progress.Step != progress.Steps)) return;
        string line = JsonSerializer.Serialize(new
        {
            step = progress.Step,
            images = progress.Images,
            loss = progress.Loss,
            smoothed_loss = progress.SmoothedLoss,
            learning_rate = progress.LearningRate,
            gradient_norm = progress.GradientNorm,
            images_per_second = Math.Round(progress.ImagesPerSecond, 3),
        });
        File.AppendAllText(_path, line + "\n");
    }

    // A line that was cut off when the process was killed counts as one to be made again.
    private static long StepOf(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return document.RootElement.GetProperty("step").GetInt64();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return long.MaxValue;
        }
    }
}
