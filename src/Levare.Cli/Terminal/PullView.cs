using System.Globalization;
using Levare.Hub;

namespace Levare.Cli.Terminal;

/// <summary>Says what is fetched, and shows how far it is.</summary>
internal sealed class PullView(bool silent, HubSettings settings) : IProgress<PullProgress>, IDisposable
{
    private const int BarWidth = 24;
    private readonly IProgressLine _line = ProgressLine.Create(silent || settings.DisableProgress);

    /// <summary>Says what is about to be fetched, where anything is.</summary>
    public void Announce(PullPlan plan)
    {
        if (silent) return;
        foreach (string note in plan.Notes) Console.Error.WriteLine($"Note: {note}");
        string missing = ByteSize.Text(plan.Missing), all = ByteSize.Text(plan.Bytes);
        if (plan.Missing > 0) Console.Error.WriteLine($"Fetching {plan.Model}: {(missing == all ? all : $"{missing} of {all}")}, {Files(plan.Files)}.");
    }

    /// <summary>1 file, 2 files.</summary>
    public static string Files(int count) => count == 1 ? "1 file" : $"{count} files";

    public void Report(PullProgress value) => _line.Show(Text(value));

    public void Dispose() => _line.Dispose();

    private static string Text(PullProgress value)
    {
        double part = value.AllBytes > 0 ? Math.Clamp((double)value.Bytes / value.AllBytes, 0, 1) : 1;
        int filled = (int)(BarWidth * part);
        string left = value.Remaining is { } time && value.Files < value.AllFiles ? $", {Time(time)} left" : "";
        return $"{new string('━', filled)}{new string('╌', BarWidth - filled)} {ByteSize.Text(value.Bytes)} of {ByteSize.Text(value.AllBytes)}, file {value.Files} of {value.AllFiles}, {ByteSize.Text(value.Rate)}/s{left}";
    }

    private static string Time(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes} min")
        : time.TotalMinutes >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s") : string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:f0} s");
}
