using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Levare.Cli.Options;
using Levare.Recipes;
using Levare.Runtime;
using Levare.Training;

namespace Levare.Cli.Commands;

/// <summary>levare train: a run on a folder of pictures, from a recipe, with live progress.</summary>
internal static class TrainCommand
{
    /// <summary>A stop lets the present step end and writes a checkpoint.</summary>
    public static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(60);

    /// <summary>What it is called.</summary>
    public const string Name = "train";

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Pictures to train on: a folder (captions or class sub-folders beside them), idx.gz files or Parquet files.", HelpName = "PATH",
    };

    private static readonly Option<string?> RecipeName = new("--recipe")
    {
        Description = $"A recipe file, or one of: {string.Join(", ", RecipeCatalog.Names)}.", HelpName = "NAME|FILE",
    };

    private static readonly Option<string> Out = new("--out") { Description = "The run's folder.", HelpName = "FOLDER", Required = true };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on with the run in --out from its last checkpoint." };

    private static readonly Option<long?> Images = new("--images") { Description = "Pictures that the whole run sees, in place of the recipe's.", HelpName = "N" };

    private static readonly Option<double?> Minutes = new("--minutes") { Description = "Stop after this time, with a checkpoint and a model.", HelpName = "N" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new(Name, "Train a model on your own pictures.")
        {
            Data, RecipeName, Out, Resume, Images, Minutes, SharedOptions.Device, SharedOptions.Json, SharedOptions.Quiet,
        };
        command.SetWork(Train);
        return command;
    }

    private static int Train(ParseResult parsed, CancellationToken cancellation)
    {
        ImageTraining training = Open(parsed);
        bool json = parsed.GetValue(SharedOptions.Json), quiet = json || parsed.GetValue(SharedOptions.Quiet);
        TimeSpan? limit = parsed.GetValue(Minutes) is { } minutes
            ? minutes > 0 ? TimeSpan.FromMinutes(minutes) : throw new UsageException($"--minutes {minutes}: the time must be above 0.")
            : null;
        TrainingSitting sitting = new() { Limit = limit, Device = ComputeDevice.Parse(parsed.GetValue(SharedOptions.Device)!) };
        TrainingResult result = quiet ? training.Run(sitting, cancellation) : TrainingDisplay.Run(training, sitting, cancellation);
        if (json) Console.WriteLine(Summary(training, result));
        else if (!quiet) Tell(training, result);
        return result.End == TrainingEnd.Cancelled && cancellation.IsCancellationRequested ? ExitCodes.Cancelled : ExitCodes.Success;
    }

    private static ImageTraining Open(ParseResult parsed)
    {
        RunFolder folder = new(parsed.GetValue(Out)!);
        string? data = parsed.GetValue(Data), name = parsed.GetValue(RecipeName);
        long? images = parsed.GetValue(Images);
        if (images is < 1) throw new UsageException($"--images {images}: a run sees 1 or more.");
        if (parsed.GetValue(Resume))
            return name is null ? ImageTraining.Resume(folder, images, data) : throw new UsageException("--resume goes on with the run's own recipe: leave --recipe out.");
        if (data is null || name is null) throw new UsageException("A new run needs --data and --recipe; a run that exists goes on with --resume.");
        Recipe recipe = RecipeCatalog.Find(name);
        return ImageTraining.Begin(images is { } length ? recipe with { Images = length } : recipe, data, folder);
    }

    private static void Tell(ImageTraining training, TrainingResult result)
    {
        string folder = training.Folder.Path;
        string seen = result.Images.ToString("N0", CultureInfo.InvariantCulture);
        Console.WriteLine(result.End == TrainingEnd.Completed
            ? $"Done: {seen} pictures seen. Measure it:  levare evaluate {folder}"
            : $"Stopped after {seen} pictures. Go on:  levare train --resume --out {folder}");
        Console.WriteLine($"The model so far:  levare generate --model {training.Folder.Model}");
    }

    private static string Summary(ImageTraining training, TrainingResult result) => JsonSerializer.Serialize(new
    {
        run = training.Folder.Path,
        model = training.Folder.Model,
        completed = result.End == TrainingEnd.Completed,
        steps = result.Step,
        images = result.Images,
        checkpoint = result.Checkpoint,
    });
}
