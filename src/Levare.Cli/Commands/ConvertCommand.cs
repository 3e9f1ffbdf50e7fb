using System.CommandLine;
using Levare.Cli.Options;
using Levare.Cli.Terminal;
using Levare.Pipelines;

namespace Levare.Cli.Commands;

/// <summary>levare convert: a model in another layout, element type or number of files.</summary>
internal static class ConvertCommand
{
    private const double Giga = 1e9;
    private static readonly Argument<string> Source = new("in") { Description = "A model folder, or a single file (.safetensors, .ckpt, .gguf)." };
    private static readonly Argument<string> Target = new("out") { Description = "A folder, or a file that ends with .safetensors; it must be new." };
    private static readonly Option<string?> Type = new("--dtype") { Description = $"The element type of the weights: {WeightTypes.Names}. As they are without it." };
    private static readonly Option<string?> Variant = new("--variant") { Description = "The variant of a folder that is read, such as fp16." };
    private static readonly Option<string?> AsVariant = new("--as-variant") { Description = "The variant that the files of a folder are named for, such as fp16." };
    private static readonly Option<double> Shard = new("--shard") { Description = "The largest file of weights in a folder, in GB.", DefaultValueFactory = _ => 10 };
    private static readonly Option<string?> Config = new("--config") { Description = "For a single file: a model folder whose configurations, tokenizers and scheduler hold." };
    private static readonly Option<bool> AllowNotFinite = new("--allow-nan") { Description = "Convert weights that are not finite too." };

    public static Command Create()
    {
        Command command = new("convert", "Write a model in another layout: folder or single file, element type, files of a size.")
        {
            Source, Target, Type, Variant, AsVariant, Shard, Config, AllowNotFinite, SharedOptions.Quiet,
        };
        command.SetWork(Run);
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        double shard = parsed.GetValue(Shard);
        if (!(shard * Giga is >= 1 and < long.MaxValue)) throw new UsageException($"--shard {shard}: a size in GB above 0 is needed.");
        string source = parsed.GetRequiredValue(Source), target = parsed.GetRequiredValue(Target);
        if (!File.Exists(source) && !Directory.Exists(source)) throw new UsageException($"there is no file or folder {source}.");
        OutputFiles.RequireWritable(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(target)) ?? target);
        ConversionOptions options = new()
        {
            Type = parsed.GetValue(Type) is { } type ? WeightTypes.Parse(type) : null,
            SourceVariant = parsed.GetValue(Variant),
            TargetVariant = parsed.GetValue(AsVariant),
            LargestShard = (long)(shard * Giga),
            Configuration = parsed.GetValue(Config),
            AllowNotFinite = parsed.GetValue(AllowNotFinite),
        };
        using (IProgressLine progress = ProgressLine.Create(parsed.GetValue(SharedOptions.Quiet)))
            ModelConversion.Convert(source, target, options, key => progress.Show(key), cancellation);
        Console.WriteLine(target);
        return ExitCodes.Success;
    }
}
