using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Levare.Evaluation;
using Levare.Runtime;

namespace Levare.Recipes;

/// <summary>Writes a report as JSON for programs and as Markdown for people.</summary>
public static class RunReportWriter
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The report as JSON.</summary>
    public static string ToJson(RunReport report) => JsonSerializer.Serialize(report, Json);

    /// <summary>Writes report.json and report.md.</summary>
    public static void Write(RunFolder folder, RunReport report, RunRecord record)
    {
        AtomicFile.WriteText(Path.Combine(folder.Report, "report.json"), ToJson(report) + "\n");
        AtomicFile.WriteText(Path.Combine(folder.Report, "report.md"), Markdown(report, record));
    }

    private static string Markdown(RunReport report, RunRecord record)
    {
        StringBuilder text = new();
        Line($"# {report.Recipe}");
        Line();
        Line($"{report.Parameters:N0} parameters, {report.Images:N0} pictures seen, {record.TrainCount:N0} to train on, {record.HeldOutCount:N0} held out. "
            + $"Samples: {report.Steps} steps, guidance {report.Guidance}, seed {report.Seed}, {report.SecondsASample:0.000} s each.");
        Line();
        Line($"![samples](samples.png)");
        Line();
        Line($"## Distance to the held-out pictures");
        Line($"{report.Count:N0} pictures on each side, in the features of `{report.Extractor}`{Accuracy(report)}. Compare distances only under one extractor and one count.");
        Line();
        Line($"| | Frechet | KID | precision | recall | density | coverage | class right |");
        Line($"| --- | --- | --- | --- | --- | --- | --- | --- |");
        Row("training pictures (the floor)", report.Floor);
        Row("**the model**", report.Model);
        Row("a Gaussian for each class (the baseline)", report.Baseline);
        Line();
        Line($"## Loss by noise level");
        Line($"| sigma | held out | trained on | squared error, held out |");
        Line($"| --- | --- | --- | --- |");
        foreach ((LevelLoss heldOut, LevelLoss train) in report.HeldOutLoss.Zip(report.TrainLoss))
            Line($"| {heldOut.Sigma:g3} | {heldOut.Loss:0.0000} | {train.Loss:0.0000} | {heldOut.SquaredError:0.00000} |");
        Line();
        Line($"![loss by level](levels.png)");
        Line();
        Line($"## Nearest neighbours");
        Line($"The median distance to the nearest training picture is {report.Memorisation.SampleMedian:g3} for samples and {report.Memorisation.HeldOutMedian:g3} for held-out pictures; "
            + $"{report.Memorisation.CloserThanHeldOut:P1} of the samples are nearer than 99 % of the held-out pictures are (1 % or less: nothing is repeated). Top row: samples; below, their nearest training pictures.");
        Line();
        Line($"![neighbours](neighbours.png)");
        Line();
        Line($"## Cost");
        Line($"| sitting | pictures | time | processor time | memory | threads |");
        Line($"| --- | --- | --- | --- | --- | --- |");
        foreach (RunSitting sitting in record.Sittings)
            Line($"| {sitting.Started:yyyy-MM-dd HH:mm} | {sitting.FromImages:N0} to {sitting.ToImages:N0} | {Minutes(sitting.Seconds)} | {Minutes(sitting.ProcessorSeconds)} | {sitting.PeakMegabytes:N0} MB | {sitting.Threads} |");
        return text.ToString();

        void Line(string line = "") => text.Append(line).Append('\n');

        void Row(string name, SetDistance d) => Line(
            $"| {name} | {d.Frechet:0.00} | {d.Kernel:0.000} ± {d.KernelDeviation:0.000} | {d.Precision:0.000} | {d.Recall:0.000} | {d.Density:0.000} | {d.Coverage:0.000} | {(d.Agreement is { } share ? share.ToString("P1", CultureInfo.InvariantCulture) : "")} |");
    }

    private static string Accuracy(RunReport report) => report.ExtractorAccuracy is { } share
        ? string.Create(CultureInfo.InvariantCulture, $" (right on {share:P1} of the held-out pictures)") : "";

    private static string Minutes(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min");
}
