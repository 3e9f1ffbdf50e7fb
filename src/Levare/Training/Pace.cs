using System.Diagnostics;

namespace Levare.Training;

/// <summary>The speed of a run of late. Not thread-safe.</summary>
internal sealed class Pace
{
    private const int Window = 20;
    private readonly Queue<(double Seconds, long Images)> _steps = new();
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>Counts a step that ends now.</summary>
    /// <returns>Images a second over the last steps.</returns>
    public double Add(long images)
    {
        _steps.Enqueue((Stopwatch.GetElapsedTime(_last).TotalSeconds, images));
        Pause();
        if (_steps.Count > Window) _steps.Dequeue();
        return _steps.Sum(step => step.Images) / Math.Max(_steps.Sum(step => step.Seconds), 1e-9);
    }

    /// <summary>Leaves out the time since the last step.</summary>
    public void Pause() => _last = Stopwatch.GetTimestamp();
}
