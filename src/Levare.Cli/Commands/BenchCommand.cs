using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Levare.Cli.Benchmarks;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Levare.Pipelines;
using Spectre.Console;

namespace Levare.Cli.Commands;

/// <summary>levare bench: the core's speed beside the machine's own ceiling, or a model's loading, steps and memory.</summary>
internal static class BenchCommand
{
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "Measure this model instead: loading, steps, memory.", HelpName = ModelSource.HelpName };
    private static readonly Option<string?> Size = new("--size") { Description = "The picture's size, for a model; its own when left out.", HelpName = "WxH" };
    private static readonly Option<int> Steps = new("--steps") { Description = "The picture's steps, for a model; the first is counted apart, and the last with the decoding.", DefaultValueFactory = _ => 4, HelpName = "number" };

    public static Command Create()
    {
        Command command = new("bench", "Measure the core's speed beside what this machine can do, or a model's.")
        {
            Model, Size, Steps, SharedOptions.MaxMemory, SharedOptions.Device, SharedOptions.Dtype, SharedOptions.Json,
        };
        command.SetWork(Run);
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        List<Measurement> measurements = [];
        using (IProgressLine progress = ProgressLine.Create(parsed.GetValue(SharedOptions.Json)))
        {
            progress.Show("measuring");
            foreach (Measurement measurement in Measurements(parsed, cancellation))
            {
                measurements.Add(measurement);
                progress.Show(measurement.What);
            }
        }
        if (parsed.GetValue(SharedOptions.Json)) Console.WriteLine(Json(measurements));
        else Show(measurements);
        return ExitCodes.Success;
    }

    private static IEnumerable<Measurement> Measurements(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(Model) is not { } name) return CoreBenchmarks.Run(cancellation);
        int steps = parsed.GetValue(Steps);
        if (steps < 2) throw new UsageException($"--steps {steps}: 2 or more are needed to tell the first from the others.");
        ImageSize? size = parsed.GetValue(Size) is { } text ? UsageException.Unless(() => ImageSize.Parse(text)) : null;
        ImageModelOptions options = new() { Device = parsed.GetValue(SharedOptions.Device)!, Dtype = parsed.GetValue(SharedOptions.Dtype), MaxMemory = SharedOptions.MemoryOf(parsed) };
        ModelSource source = ModelSource.Resolve(name, parsed.GetValue(SharedOptions.Json), cancellation);
        return ModelBenchmarks.Run(source.Path, options, size, steps, cancellation);
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
