using System.Diagnostics;
using Levare.Conditioning;
using Levare.Data;
using Levare.Networks.UNet;
using Levare.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Recipes;

/// <summary>What a sitting of a run is given besides its recipe and data.</summary>
public sealed record TrainingSitting
{
    /// <summary>The sitting ends after this time, with a checkpoint; null for no limit.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Where it is computed.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Who follows it.</summary>
    public IReadOnlyList<ITrainingListener> Listeners { get; init; } = [];

    /// <summary>Told the number of pictures decoded before training starts.</summary>
    public IProgress<int>? Decoded { get; init; }
}

/// <summary>A training run on pictures, from a recipe, in a folder: everything that <c>levare train</c> does but the terminal.</summary>
/// <remarks>One sitting at a time a folder. What is killed goes on from its last checkpoint.</remarks>
public sealed class ImageTraining
{
    private const int SkippedListed = 10;
    private readonly string _data;

    private ImageTraining(RunFolder folder, Recipe recipe, string data) => (Folder, Recipe, _data) = (folder, recipe, data);

    /// <summary>Where it lives.</summary>
    public RunFolder Folder { get; }

    /// <summary>What it trains.</summary>
    public Recipe Recipe { get; }

    /// <summary>A new run, whose folder is claimed when <see cref="Run"/> has read the data: what cannot begin leaves the folder free.</summary>
    /// <param name="recipe">What to train.</param>
    /// <param name="data">The data: see <see cref="ImageSources.Open"/>.</param>
    /// <param name="folder">Where the run lives.</param>
    /// <exception cref="IOException">The folder holds a run already.</exception>
    public static ImageTraining Begin(Recipe recipe, string data, RunFolder folder)
    {
        recipe.Validate();
        if (folder.Exists) throw new IOException($"{folder.Path} holds a run already: continue it with --resume, or choose another folder.");
        ImageSources.Open(data);
        return new(folder, recipe, data);
    }

    /// <summary>Goes on with a run.</summary>
    /// <param name="folder">Where it lives.</param>
    /// <param name="images">Another length of the whole run, in pictures; null for the recipe's.</param>
    /// <param name="data">The data's place where it has moved; null for where it was.</param>
    /// <exception cref="InvalidDataException">The folder holds no sound run.</exception>
    public static ImageTraining Resume(RunFolder folder, long? images = null, string? data = null)
    {
        Recipe recipe = folder.ReadRecipe();
        if (images is { } length && length != recipe.Images)
        {
            recipe = recipe with { Images = length };
            recipe.Validate();
            folder.Write(recipe);
        }
        string place = data ?? folder.ReadRecord()?.Data ?? throw new InvalidDataException($"{folder.Path} does not say where its data lies: name it with --data.");
        return new(folder, recipe, place);
    }

    /// <summary>Trains until the recipe's pictures are seen, the sitting's time is over or it is cancelled; then writes the model.</summary>
    /// <exception cref="InvalidDataException">The data does not fit the recipe.</exception>
    /// <exception cref="IOException">Another process is at work in the folder.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient stopped being a number.</exception>
    public TrainingResult Run(TrainingSitting sitting, CancellationToken cancellation = default)
    {
        long began = Stopwatch.GetTimestamp();
        DateTimeOffset started = TimeProvider.System.GetUtcNow();
        using RunLock alone = RunLock.Take(Folder);
        using RunData data = RunData.Open(_data, Recipe.Data, Folder.Cache, Recipe.Seed, sitting.Decoded, cancellation);
        using UNet2D network = NewNetwork(data.Classes.Length);
        network.to(sitting.Device);
        RunRecord record = Record(data, network);
        Folder.Write(record);
        if (!Folder.Exists) Folder.Write(Recipe);
        if (data.Skipped > 0)
            foreach (ITrainingListener listener in sitting.Listeners) listener.Warned(Skipped(data));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (sitting.Limit is { } limit) stop.CancelAfter(limit > TimeSpan.Zero ? limit : TimeSpan.Zero);
        SittingStart start = new();
        TrainingResult result = Train(data, network, [.. sitting.Listeners, start], stop.Token);
        WriteModel(network, result, data.Classes);
        RunPictures.DrawLoss(Folder);
        Folder.Write(record with { Sittings = [.. record.Sittings, Cost(started, began, start.Images(Recipe), result.Images, sitting.Device)] });
        return result;
    }

    private TrainingResult Train(RunData data, UNet2D network, IReadOnlyList<ITrainingListener> listeners, CancellationToken cancellation)
    {
        int classes = data.Classes.Length;
        IImageConditioner conditioner = classes > 0 ? new ClassCondition() : new NoImageCondition();
        ImageBatches batches = new(data.Train.Images, data.Train.Indices, Recipe.Batch, Recipe.Data.Size, Recipe.Data.Augmentation, conditioner, Recipe.Seed);
        using PrefetchedBatches ahead = new(batches);
        using Tensor nothing = tensor((long)classes, device: network.parameters().First().device);
        Trainer trainer = new(network, Recipe.Diffusion.Parameterisation(), Recipe.Diffusion.Path(), Recipe.ToSettings())
        {
            NullCondition = classes == 0 ? null : new FixedNullCondition(new Dictionary<string, Tensor> { [ConditionNames.ClassLabels] = nothing }),
            Listeners = [new MetricsLog(), new RunPictures(Recipe, Folder, classes), .. listeners],
        };
        return trainer.Run(ahead, Folder.Path, cancellation);
    }

    // The weights of a new network come from torch's global generator; nothing else of a run does.
    private UNet2D NewNetwork(int classes)
    {
        random.manual_seed(Recipe.Seed);
        return new(Recipe.Network.ToConfig(Recipe.Data.Size, Recipe.Data.Channels, classes));
    }

    private void WriteModel(UNet2D network, TrainingResult result, IReadOnlyList<string> classes)
    {
        Checkpoint.Open(result.Checkpoint).Load(network, Recipe.Averages[0].Name);
        TrainedModel.Write(Folder.Model, network, Recipe, classes);
    }

    private static string Skipped(RunData data)
    {
        IEnumerable<string> first = data.SkippedImages.Take(SkippedListed).Select(image => $"\n  {image.Name}: {image.Reason}");
        return $"{data.Skipped} pictures cannot be used and are left out{(data.Skipped > SkippedListed ? $"; the first {SkippedListed} are" : "")}:{string.Concat(first)}";
    }

    private RunRecord Record(RunData data, UNet2D network) => new(
        Path.GetFullPath(_data), data.Classes, data.Train.Count, data.HeldOut.Count, data.Skipped,
        network.parameters().Sum(parameter => parameter.numel()), Folder.ReadRecord()?.Sittings ?? []);

    private static RunSitting Cost(DateTimeOffset started, long began, long from, long to, Device device)
    {
        using Process process = Process.GetCurrentProcess();
        return new(started, Math.Round(Stopwatch.GetElapsedTime(began).TotalSeconds, 1), Math.Round(process.TotalProcessorTime.TotalSeconds, 1),
            process.PeakWorkingSet64 >> 20, from, to, get_num_threads(), device.ToString());
    }

    private sealed class SittingStart : ITrainingListener
    {
        private long _step;

        public void Started(string folder, long step) => _step = step;

        public void Stepped(TrainingProgress progress)
        {
        }

        public long Images(Recipe recipe) => _step * recipe.Batch * recipe.Accumulation;
    }
}
