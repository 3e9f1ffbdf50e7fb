using System.CommandLine;
using Levare.Adapters;
using Levare.Cli.Inspection;
using Levare.Cli.Options;
using Levare.Pipelines;
using Levare.Weights;

namespace Levare.Cli.Commands;

/// <summary>levare inspect: what a model, a file of weights or a picture holds.</summary>
internal static class InspectCommand
{
    private static readonly string[] WeightEndings = [".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".gguf"];
    private static readonly Argument<string> Target = new("what") { Description = "A model's folder or OWNER/NAME on the Hugging Face hub, a file of weights or an adapter (.safetensors, .pth, .bin), or a PNG picture." };

    public static Command Create()
    {
        Command command = new("inspect", "Show what a model, a file of weights or a picture holds.") { Target, SharedOptions.Json };
        command.SetWork((parsed, cancellation) =>
        {
            bool json = parsed.GetValue(SharedOptions.Json);
            IInspection inspection = Open(ModelSource.Resolve(parsed.GetRequiredValue(Target), silent: json, cancellation).Path);
            if (json) Console.WriteLine(CliJson.Write(inspection.WriteJson));
            else inspection.Show();
            return ExitCodes.Success;
        });
        return command;
    }

    private static IInspection Open(string path)
    {
        if (Directory.Exists(path)) return Folder(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"there is no file or folder {path}.");
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending == ".png") return new PictureInspection(path);
        if (WeightEndings.Contains(ending)) return Weights(path);
        throw new UsageException($"{path} is neither a model's folder nor a file that ends with .png, {string.Join(", ", WeightEndings)}.");
    }

    private static IInspection Weights(string path)
    {
        bool isAdapter;
        using (IWeights weights = WeightsFile.Open(path)) isAdapter = AdapterFile.Recognises(weights);
        return isAdapter ? new AdapterInspection(path) : new WeightsInspection(path);
    }

    private static IInspection Folder(string path)
    {
        // A part of a model, its unet/ say, is its weights.
        if (!ModelFolder.IsModel(path) && ModelComponent.WeightsIn(path) is { } weights) return new WeightsInspection(weights);
        return new ModelInspection(path);
    }
}
