using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Levare.Cli.Benchmarks;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Spectre.Console;

namespace Levare.Cli.Commands;

/// <summary>levare bench: the core's speed beside the machine's own ceiling.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        Command command = new("bench", "Measure the core's speed beside what this machine can do.") { SharedOptions.Json };
        command.SetWork(Run);
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        List<Measurement> measurements = [];
        using (IProgressLine progress = ProgressLine.Create(parsed.GetValue(SharedOptions.Json)))
        {
            progress.Show("measuring");
            foreach (Measurement measurement in CoreBenchmarks.Run(cancellation))
            {
                measurements.Add(measurement);
                progress.Show(measurement.What);
            }
        }
        if (parsed.GetValue(SharedOptions.Json)) Console.WriteLine(Json(measurements));
        else Show(measurements);
        return ExitCodes.Success;
    }

    private static void Show(List<Measurement> measurements)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("what").AddColumn(new TableColumn("measured").RightAligned())
            .AddColumn("unit").AddColumn(new TableColumn("of the ceiling").RightAligned());
        foreach (Measurement measurement in measurements)
            table.AddRow(Markup.Escape(measurement.What), measurement.Value.ToString(measurement.Value < 100 ? "f2" : "f0", CultureInfo.InvariantCulture),
                measurement.Unit, measurement.Share is { } share ? share.ToString("p0", CultureInfo.InvariantCulture) : "");
        Output.Console.Write(table);
        Console.WriteLine($"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
    }

    private static string Json(List<Measurement> measurements) => CliJson.Write(json =>
    {
        json.WriteNumber("cores", Environment.ProcessorCount);
        json.WriteString("system", RuntimeInformation.OSDescription);
        json.WriteString("framework", RuntimeInformation.FrameworkDescription);
        json.WriteStartArray("measurements");
        foreach (Measurement measurement in measurements)
        {
            json.WriteStartObject();
            json.WriteString("what", measurement.What);
            json.WriteNumber("value", Math.Round(measurement.Value, 3));
            json.WriteString("unit", measurement.Unit);
            if (measurement.Share is { } share) json.WriteNumber("share_of_ceiling", Math.Round(share, 3));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
