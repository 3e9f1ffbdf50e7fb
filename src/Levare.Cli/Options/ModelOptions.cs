using System.CommandLine;
using Levare.Pipelines;

namespace Levare.Cli.Options;

/// <summary>The options that say which model is opened, and how.</summary>
internal static class ModelOptions
{
    private static readonly Option<string?> Model = new("--model", "-m")
    {
        Description = "A model's folder, a single file (.safetensors, .ckpt, .gguf), or a model of the Hugging Face hub, fetched where it is not here yet. Without it: the model in the box.",
        HelpName = ModelSource.HelpName,
    };

    private static readonly Option<string?> Variant = new("--variant") { Description = "Which files of weights are read where a folder has several: fp16, bf16.", HelpName = "name" };
    private static readonly Option<string?> Config = new("--config") { Description = "For a single file: a model folder whose configurations, tokenisers and scheduler hold.", HelpName = "folder" };
    private static readonly Option<string?> Vae = new("--vae") { Description = "An autoencoder in the place of the model's: its folder, or a file of weights.", HelpName = "file or folder" };

    private static readonly (string Word, SafetyCheck Value)[] Uses = [("on", SafetyCheck.Blacken), ("report", SafetyCheck.Report), ("off", SafetyCheck.Off)];

    private static readonly Option<SafetyCheck> Safety = Choice<SafetyCheck>.Option(
        "--safety-checker", "The safety checker that a model may bring: pictures that it condemns become black (on, unless told otherwise), are told of only (report), or it is not loaded (off).",
        Uses);

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Model", Model, Variant, Config, Vae, Safety, SharedOptions.Device, SharedOptions.Dtype, SharedOptions.MaxMemory);

    /// <summary>The word that a use of the safety checker is chosen by.</summary>
    public static string NameOf(SafetyCheck use) => Uses.First(known => known.Value == use).Word;

    /// <summary>Opens the model that the command line names.</summary>
    public static ImageModel Load(ParseResult parsed, bool silent, CancellationToken cancellation)
    {
        ImageModelOptions options = Read(parsed) with { Configuration = parsed.GetValue(Config), Vae = parsed.GetValue(Vae) };
        return parsed.GetValue(Model) is { } name ? Load(name, options, silent, cancellation) : ImageModel.LoadDefault(options);
    }

    /// <summary>Opens another model in the same way.</summary>
    public static ImageModel Load(string name, ParseResult parsed, bool silent, CancellationToken cancellation) => Load(name, Read(parsed), silent, cancellation);

    private static ImageModelOptions Read(ParseResult parsed) => new()
    {
        Device = parsed.GetValue(SharedOptions.Device)!, Dtype = parsed.GetValue(SharedOptions.Dtype), Variant = parsed.GetValue(Variant), Safety = parsed.GetValue(Safety),
        MaxMemory = SharedOptions.MemoryOf(parsed),
    };

    private static ImageModel Load(string name, ImageModelOptions options, bool silent, CancellationToken cancellation)
    {
        ModelSource source = ModelSource.Resolve(name, silent, cancellation, options.Variant);
        return ImageModel.Load(source.Path, options with { Source = source.Name });
    }
}
