using System.Diagnostics;
using System.Globalization;
using System.Text;
using Levare.Data;
using Levare.Pipelines;

namespace Levare.Cli.Terminal;

/// <summary>A line of progress, and above it the picture so far where the terminal has the colours; redrawn in place on standard error.</summary>
internal sealed class StepView : IStepView
{
    private const int WidestPicture = 64, BarWidth = 24;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly bool _pictures;
    private readonly string _title;
    private int _linesShown;

    private StepView(bool pictures, string title)
    {
        _pictures = pictures;
        _title = title;
        Console.Error.Write("\e[?25l");
    }

    /// <summary>A view for where standard output and error go: one that shows nothing unless both are a terminal that may be written over.</summary>
    /// <param name="silent">Whether nothing is shown.</param>
    /// <param name="done">How many pictures are made already.</param>
    /// <param name="made">How many are made now; the first of them is shown.</param>
    /// <param name="count">How many there will be.</param>
    public static IStepView Create(bool silent, int done, int made, int count)
    {
        if (silent || !TerminalColours.IsInteractive) return new Nothing();
        return new StepView(TerminalColours.AreTrue, count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"{done + 1}{(made > 1 ? $" to {done + made}" : "")} of {count}  "));
    }

    public void Show(ImageStep step)
    {
        StringBuilder text = new();
        if (_linesShown > 0) text.Append(CultureInfo.InvariantCulture, $"\e[{_linesShown}A\r");
        string[] lines = [.. _pictures ? HalfBlocks.Draw(Fit(step.Preview)) : [], Progress(step)];
        foreach (string line in lines) text.Append(line).Append("\e[K\n");
        Console.Error.Write(text);
        _linesShown = lines.Length;
    }

    public void Dispose() => Console.Error.Write("\e[?25h");

    private string Progress(ImageStep step)
    {
        int done = step.Index + 1;
        double left = _clock.Elapsed.TotalSeconds / done * (step.Count - done);
        int filled = BarWidth * done / step.Count;
        string bar = new string('━', filled) + "\e[2m" + new string('━', BarWidth - filled) + "\e[0m";
        return string.Create(CultureInfo.InvariantCulture, $"{_title}{bar} step {done} of {step.Count}, {(done < step.Count ? $"{left:f1} s left" : $"{_clock.Elapsed.TotalSeconds:f1} s")}");
    }

    private static RawImage Fit(RawImage image)
    {
        int columns = Math.Clamp(Console.WindowWidth - 1, 8, WidestPicture), rows = Math.Clamp((Console.WindowHeight - 2) * 2, 8, WidestPicture);
        double scale = Math.Min(1, Math.Min((double)columns / image.Width, (double)rows / image.Height));
        return scale == 1 ? image
            : Resampling.Resize(image, Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)), ResampleFilter.Box);
    }

    private sealed class Nothing : IStepView
    {
        public void Show(ImageStep step)
        {
        }

        public void Dispose()
        {
        }
    }
}
