using System.CommandLine;
using System.Globalization;
using Levare.Cli.Options;
using Levare.Recipes;

namespace Levare.Cli.Commands;

/// <summary>levare evaluate: a run's model against pictures that it has not seen.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> Run = new("RUN") { Description = "The folder that levare train wrote." };

    private static readonly Option<int> Samples = new("--samples")
    {
        Description = "Samples to draw, and pictures on each side of a distance.", HelpName = "N", DefaultValueFactory = _ => new EvaluationSettings().Samples,
    };

    private static readonly Option<long> Seed = new("--seed") { Description = "The noise of the samples.", HelpName = "N", DefaultValueFactory = _ => new EvaluationSettings().Seed };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("evaluate", "Measure a trained model: held-out loss, distances beside a floor and a baseline, nearest neighbours.")
        {
            Run, Samples, Seed, SharedOptions.Json, SharedOptions.Quiet,
        };
        command.SetWork(Evaluate);
        return command;
    }

    private static int Evaluate(ParseResult parsed, CancellationToken cancellation)
    {
        int samples = parsed.GetValue(Samples);
        if (samples < 20) throw new UsageException($"--samples {samples}: at least 20 are needed.");
        RunFolder folder = new(parsed.GetValue(Run)!);
        if (!folder.Exists) throw new UsageException($"{folder.Path} holds no run: it has no recipe.json.");
        bool json = parsed.GetValue(SharedOptions.Json), quiet = json || parsed.GetValue(SharedOptions.Quiet);
        RunEvaluation evaluation = new(folder, new(samples, parsed.GetValue(Seed))) { Progress = quiet ? null : new Lines() };
        RunReport report = evaluation.Run(cancellation);
        if (json) Console.WriteLine(RunReportWriter.ToJson(report));
        else if (!quiet) Tell(folder, report);
        return ExitCodes.Success;
    }

    private static void Tell(RunFolder folder, RunReport report)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Frechet distance {report.Model.Frechet:0.00} (floor {report.Floor.Frechet:0.00}, baseline {report.Baseline.Frechet:0.00}) in {report.Extractor}, {report.Count} pictures"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"precision {report.Model.Precision:0.000}  recall {report.Model.Recall:0.000}  coverage {report.Model.Coverage:0.000}  KID {report.Model.Kernel:0.000}"));
        Console.WriteLine($"The whole report: {Path.Combine(folder.Report, "report.md")}");
    }

    private sealed class Lines : IProgress<string>
    {
        public void Report(string value) => Console.Error.WriteLine($"{value} ...");
    }
}
