using System.Diagnostics;
using Levare.Pipelines;

namespace Levare.Cli.Benchmarks;

/// <summary>A model's own speed and memory: loading, first step, further steps.</summary>
internal static class ModelBenchmarks
{
    private const double Mebibyte = 1 << 20;

    /// <summary>Measures one thing after the other, in one run of the process.</summary>
    /// <param name="path">The model's folder or file.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="size">The pictures' size; the model's when null.</param>
    /// <param name="steps">Steps of the picture, 2 or more.</param>
    /// <param name="cancellation">Is seen before each evaluation.</param>
    public static IEnumerable<Measurement> Run(string path, ImageModelOptions options, ImageSize? size, int steps, CancellationToken cancellation)
    {
        double before = Resident();
        double first = Seconds(() => ImageModel.Load(path, options).Dispose());
        yield return new("loading, the first time", first, "s");
        ImageModel? loaded = null;
        double second = Seconds(() => loaded = ImageModel.Load(path, options));
        using ImageModel model = loaded!;
        yield return new("loading, the second time", second, "s");
        yield return new("memory of the loaded model", Resident() - before, "MiB");
        Threads.Suit(model);
        Stopwatch clock = Stopwatch.StartNew();
        List<double> times = [];
        ImageResult? result = null;
        foreach (ImageStep step in model.Steps(new("a red apple") { Size = size, Steps = steps }, cancellation))
        {
            times.Add(clock.Elapsed.TotalSeconds);
            result = step.Result;
        }
        string what = $"{result!.Recipe.Width}x{result.Recipe.Height}, {result.Recipe.Dtype}";
        yield return new($"to the end of the first step, {what}", times[0], "s");
        // The last step's time has the decoding in it.
        if (times.Count > 2) yield return new($"a step, {what}", (times[^2] - times[0]) / (times.Count - 2), "s");
        yield return new($"a picture of {steps} steps, {what}", times[^1], "s");
        if (Peak() is { } peak) yield return new("most memory of the process", peak, "MiB");
    }

    private static double Seconds(Action work)
    {
        Stopwatch clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalSeconds;
    }

    private static double Resident()
    {
        using Process self = Process.GetCurrentProcess();
        return self.WorkingSet64 / Mebibyte;
    }

    private static double? Peak()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 is > 0 and long peak ? peak / Mebibyte : null;
    }
}
