using System.CommandLine;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Levare.Pipelines;
using TorchSharp;

namespace Levare.Cli.Commands;

/// <summary>levare init: a model of full size with random weights.</summary>
internal static class InitCommand
{
    private static readonly Dictionary<string, RandomModelKind> Kinds = new(StringComparer.Ordinal)
    {
        ["sd15"] = RandomModelKind.StableDiffusion15,
        ["sd21"] = RandomModelKind.StableDiffusion21,
        ["sdxl"] = RandomModelKind.StableDiffusionXl,
    };

    private static readonly Argument<string> Kind = new("kind") { Description = $"The published model whose shape it has: {string.Join(", ", Kinds.Keys)}." };
    private static readonly Option<string> Out = new("--out") { Description = "The folder for the model; it must be new or empty.", Required = true };
    private static readonly Option<long> Seed = new("--seed") { Description = "The seed of the weights.", DefaultValueFactory = _ => 0 };
    private static readonly Option<string> Type = new("--dtype") { Description = $"How weights are stored: {WeightTypes.Names}.", DefaultValueFactory = _ => "fp16" };

    public static Command Create()
    {
        Command command = new("init", "Make a model folder of full size with random weights, for tests and measurements.") { Kind, Out, Seed, Type, SharedOptions.Quiet };
        command.SetWork((parsed, cancellation) =>
        {
            string name = parsed.GetRequiredValue(Kind), folder = parsed.GetRequiredValue(Out);
            if (!Kinds.TryGetValue(name, out RandomModelKind kind)) throw new UsageException($"{name} is no model that can be made; those are {string.Join(", ", Kinds.Keys)}.");
            if (File.Exists(folder)) throw new UsageException($"{folder} is a file: --out names a folder, new or empty.");
            torch.ScalarType type = WeightTypes.Parse(parsed.GetRequiredValue(Type));
            using (IProgressLine progress = ProgressLine.Create(parsed.GetValue(SharedOptions.Quiet)))
                RandomModel.Write(folder, kind, parsed.GetValue(Seed), type, key => progress.Show(key), cancellation);
            Console.WriteLine(folder);
            return ExitCodes.Success;
        });
        return command;
    }
}
