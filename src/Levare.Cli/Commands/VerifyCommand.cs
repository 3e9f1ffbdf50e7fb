using System.CommandLine;
using System.Globalization;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Levare.Runtime;
using Levare.Verification;
using Spectre.Console;

namespace Levare.Cli.Commands;

/// <summary>levare verify: is what this machine computes right?</summary>
internal static class VerifyCommand
{
    private static readonly Argument<string?> Folder = new("dir")
    {
        Description = "Run every case.json below this folder. Without it: the exact oracles, and the golden cases in the box.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create()
    {
        Command command = new("verify", "Hold this machine's results against exact solutions and against results of the Python packages.")
        {
            Folder, SharedOptions.Json, SharedOptions.Quiet,
        };
        command.SetWork(Run);
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        bool json = parsed.GetValue(SharedOptions.Json);
        IEnumerable<CaseOutcome> outcomes = parsed.GetValue(Folder) is { } folder ? Below(folder, cancellation) : InTheBox(cancellation);
        List<CaseOutcome> all = [];
        using (IProgressLine progress = ProgressLine.Create(json || parsed.GetValue(SharedOptions.Quiet)))
            foreach (CaseOutcome outcome in outcomes)
            {
                cancellation.ThrowIfCancellationRequested();
                all.Add(outcome);
                progress.Show($"{all.Count} checks, {outcome.Name}");
            }
        IReadOnlyList<AreaReport> areas = AreaReport.Of(all);
        if (json) Console.WriteLine(Json(areas, all));
        else if (!parsed.GetValue(SharedOptions.Quiet)) Show(areas, all);
        int failed = areas.Sum(area => area.Failed);
        // In JSON mode standard output is the object and nothing else.
        (json ? Console.Error : Console.Out).WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"verify: {areas.Sum(area => area.Passed)} passed, {failed} failed, {areas.Sum(area => area.NotSupported)} not supported"));
        return failed == 0 ? ExitCodes.Success : ExitCodes.Failure;
    }

    private static IEnumerable<CaseOutcome> Below(string folder, CancellationToken cancellation)
    {
        if (!Directory.Exists(folder)) throw new UsageException($"there is no folder {folder}.");
        if (GoldenCase.Find(folder).Count == 0) throw new UsageException($"{folder} holds no case.json, at no depth.");
        return VerificationRun.Run(folder, cancellation);
    }

    private static IEnumerable<CaseOutcome> InTheBox(CancellationToken cancellation)
    {
        foreach (CaseOutcome outcome in OracleOutcomes.Run()) yield return outcome;
        if (RepositoryFolder.Find(Path.Combine("tests", "golden")) is not { } box) yield break;
        DirectoryInfo unpacked = Directory.CreateTempSubdirectory("levare-golden-");
        try
        {
            GoldenArchive.Unpack(box, unpacked.FullName);
            foreach (CaseOutcome outcome in VerificationRun.Run(unpacked.FullName, cancellation)) yield return outcome;
        }
        finally
        {
            unpacked.Delete(recursive: true);
        }
    }

    private static void Show(IReadOnlyList<AreaReport> areas, List<CaseOutcome> all)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("area");
        foreach (string name in (string[])["passed", "failed", "not supported", "worst error"]) table.AddColumn(new TableColumn(name).RightAligned());
        foreach (AreaReport area in areas)
            table.AddRow(Markup.Escape(area.Area), Count(area.Passed), Count(area.Failed), Count(area.NotSupported),
                double.IsNaN(area.WorstError) ? "" : area.WorstError.ToString("0.0e+00", CultureInfo.InvariantCulture));
        Output.Console.Write(table);
        foreach (CaseOutcome outcome in all.Where(outcome => outcome.Verdict == Verdict.Failed))
            Console.WriteLine($"FAILED {outcome.Name}: {outcome.Reason}");
        foreach (IGrouping<string, CaseOutcome> group in all.Where(outcome => outcome.Verdict == Verdict.NotSupported).GroupBy(outcome => $"{outcome.Area}: {outcome.Reason}"))
            Console.WriteLine($"not supported: {group.Count()} in {group.Key}");
    }

    private static string Count(int count) => count == 0 ? "·" : count.ToString(CultureInfo.InvariantCulture);

    private static string Json(IReadOnlyList<AreaReport> areas, List<CaseOutcome> all) => CliJson.Write(json =>
    {
        json.WriteStartArray("areas");
        foreach (AreaReport area in areas)
        {
            json.WriteStartObject();
            json.WriteString("area", area.Area);
            json.WriteNumber("passed", area.Passed);
            json.WriteNumber("failed", area.Failed);
            json.WriteNumber("not_supported", area.NotSupported);
            json.WriteFinite("worst_error", area.WorstError);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("cases");
        foreach (CaseOutcome outcome in all)
        {
            json.WriteStartObject();
            json.WriteString("name", outcome.Name);
            json.WriteString("verdict", outcome.Verdict switch { Verdict.Passed => "passed", Verdict.Failed => "failed", _ => "not supported" });
            json.WriteFinite("error", outcome.Error);
            if (outcome.Reason.Length > 0) json.WriteString("reason", outcome.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("passed", areas.Sum(area => area.Passed));
        json.WriteNumber("failed", areas.Sum(area => area.Failed));
        json.WriteNumber("not_supported", areas.Sum(area => area.NotSupported));
    });
}
