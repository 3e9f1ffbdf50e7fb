using System.Diagnostics;
using System.Globalization;
using Levare.Recipes;
using Levare.Training;
using Spectre.Console;

namespace Levare.Cli.Commands;

/// <summary>A run's progress on standard error: a bar in a terminal, a line now and then elsewhere.</summary>
internal sealed class TrainingDisplay : ITrainingListener, IProgress<int>
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(15), BetweenUpdates = TimeSpan.FromMilliseconds(200);
    private readonly IAnsiConsole _console;
    private readonly ProgressTask? _bar;
    private long _lastShown;

    private TrainingDisplay(IAnsiConsole console, ProgressTask? bar) => (_console, _bar) = (console, bar);

    /// <summary>Runs a sitting under a display.</summary>
    public static TrainingResult Run(ImageTraining training, TrainingSitting sitting, CancellationToken cancellation)
    {
        IAnsiConsole console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected || !console.Profile.Capabilities.Interactive) return Run(new TrainingDisplay(console, null));
        TrainingResult? result = null;
        console.Progress().AutoRefresh(true).Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(context => result = Run(new TrainingDisplay(console, context.AddTask("reading the pictures", maxValue: 1))));
        return result!;

        TrainingResult Run(TrainingDisplay display) => training.Run(sitting with { Listeners = [display], Decoded = display }, cancellation);
    }

    /// <inheritdoc/>
    public void Report(int value) => Show(BetweenLines, $"{value.ToString("N0", CultureInfo.InvariantCulture)} pictures read");

    /// <inheritdoc/>
    public void Started(string folder, long step)
    {
        if (step > 0) _console.MarkupLineInterpolated($"[grey]going on after step {step}[/]");
    }

    /// <inheritdoc/>
    public void Stepped(TrainingProgress progress)
    {
        bool last = progress.Step == progress.Steps;
        if (_bar is not null) _bar.Value = (double)progress.Step / progress.Steps;
        Show(last ? TimeSpan.Zero : BetweenLines, Describe(progress));
    }

    /// <inheritdoc/>
    public void Warned(string message) => _console.MarkupLineInterpolated($"[yellow]{message}[/]");

    private void Show(TimeSpan between, string text)
    {
        TimeSpan wait = _bar is null ? between : BetweenUpdates;
        if (_lastShown != 0 && Stopwatch.GetElapsedTime(_lastShown) < wait) return;
        _lastShown = Stopwatch.GetTimestamp();
        if (_bar is null) Console.Error.WriteLine(text);
        else _bar.Description = Markup.Escape(text);
    }

    private static string Describe(TrainingProgress progress) => string.Create(CultureInfo.InvariantCulture,
        $"step {progress.Step:N0}/{progress.Steps:N0}  {progress.Images:N0} pictures  loss {progress.SmoothedLoss:0.0000}  {progress.ImagesPerSecond:0} pictures/s  {Left(progress.Remaining)} left");

    private static string Left(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:00} min")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min {time.Seconds:00} s");
}
