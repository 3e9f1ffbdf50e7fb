using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Guidance;
using Levare.Networks;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using Levare.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.BoxModel;

/// <summary>What a command line asks of a run.</summary>
/// <param name="Out">The run's folder.</param>
/// <param name="Steps">Optimiser steps in all.</param>
/// <param name="Batch">Pictures a step.</param>
/// <param name="Rate">The highest learning rate.</param>
/// <param name="Preview">Steps between sheets.</param>
internal sealed record RunOptions(string Out, long Steps, int Batch, double Rate, long Preview);

/// <summary>The two stages of training, both by the library's trainer.</summary>
internal sealed class Runs(EmojiSet emoji)
{
    /// <summary>The tokeniser's file in a run's folder.</summary>
    public const string VocabularyFile = "words.json";

    private const double HighestSigma = 80;
    private static readonly EdmPrediction Parameterisation = new();
    private readonly WordTokenizer _tokenizer = Vocabulary.Make(emoji);

    private WordUNetOptions Network => new(_tokenizer.Count, _tokenizer.Length);

    /// <summary>Stage one: text encoder and sketch, at the highest noise level only, where the words are all that there is to see.</summary>
    public void TrainSketch(RunOptions options, CancellationToken cancellation)
    {
        Save(options.Out);
        using SketchNetwork network = new(Network);
        TrainingSettings settings = Settings(options) with { Levels = new LogNormalLevels(Math.Log(HighestSigma), 1e-6), Optimiser = new AdamW(Beta2: 0.99, WeightDecay: 0.01) };
        Train(network, settings, options, SketchDecoder.Side, (progress, model) =>
        {
            using Tensor pictures = model.forward(zeros(Sheet.Prompts.Length, 3, SketchDecoder.Side, SketchDecoder.Side), zeros(Sheet.Prompts.Length), Words(Sheet.Prompts));
            using Tensor shown = pictures * Parameterisation.SigmaData;
            Sheet.Write(Path.Combine(options.Out, $"sheet-{progress.Step:D6}.png"), shown, 2);
        }, cancellation);
    }

    /// <summary>Stage two: the U-Net at all levels, round a sketch that stays as it is.</summary>
    /// <param name="options">The run.</param>
    /// <param name="sketchRun">The folder of stage one: its last checkpoint's average is taken at every start.</param>
    /// <param name="cancellation">Ends the run after the present step.</param>
    public void TrainUNet(RunOptions options, string sketchRun, CancellationToken cancellation)
    {
        Save(options.Out);
        using WordUNet network = new(Network);
        LoadSketch(network, sketchRun, ScalarType.BFloat16);
        TrainingSettings settings = Settings(options) with { Levels = new LogNormalLevels(-0.8, 1.4) };
        Train(network, settings, options, WordUNet.Side, (progress, model) =>
            Draw((WordUNet)model, Sheet.Prompts, Path.Combine(options.Out, $"sheet-{progress.Step:D6}.png")), cancellation);
    }

    private void Draw(WordUNet network, IReadOnlyList<string> prompts, string path)
    {
        using var scope = NewDisposeScope();
        using SeededNoise noise = new(7);
        NetworkDenoiser plain = new(network, Parameterisation);
        Condition nothing = network.Prepare(Condition.None.With(WordUNet.WordsName, zeros([1, _tokenizer.Length], ScalarType.Int64)));
        GuidanceInterval guided = new(new ClassifierFreeGuidance(plain, nothing, 2.5), plain, 0.1, 20);
        TimeGrid grid = TimeGrid.Karras(20, 0.01, HighestSigma);
        Tensor start = noise.Draw(prompts.Count, 3, WordUNet.Side, WordUNet.Side) * HighestSigma;
        Sheet.Write(path, Sampler.Sample(guided, new DpmSolverMultistep(), grid, start, noise, network.Prepare(Words(prompts))));
    }

    /// <summary>Takes text encoder and sketch from the last checkpoint of stage one, and fixes them.</summary>
    /// <param name="network">With weights in float32.</param>
    /// <param name="sketchRun">The folder of stage one.</param>
    /// <param name="type">What these parts are to be in.</param>
    public static void LoadSketch(WordUNet network, string sketchRun, ScalarType type)
    {
        Checkpoint checkpoint = Checkpoint.FindLast(sketchRun) ?? throw new DirectoryNotFoundException($"{sketchRun} has no checkpoint: run train-sketch first.");
        checkpoint.LoadPart(network, checkpoint.Averages.First(), name => !name.StartsWith("unet.", StringComparison.Ordinal));
        foreach (string part in new[] { "text_encoder", "sketch" })
        {
            nn.Module module = network.named_children().First(child => child.name == part).module;
            module.to(type);
            foreach (var parameter in module.parameters()) parameter.requires_grad = false;
        }
        Console.WriteLine($"sketch of {checkpoint.Folder}");
    }

    private void Train(DenoisingNetwork network, TrainingSettings settings, RunOptions options, int side, Action<TrainingProgress, DenoisingNetwork> preview, CancellationToken cancellation)
    {
        Console.WriteLine($"{network.GetName()}: {network.parameters().Sum(p => p.numel()) / 1e6:F2} M parameters, {emoji.Things.Length} things, vocabulary {_tokenizer.Count}");
        Trainer trainer = new(network, Parameterisation, new EdmPath(), settings)
        {
            NullCondition = new FixedNullCondition(new Dictionary<string, Tensor>(StringComparer.Ordinal) { [WordUNet.WordsName] = zeros([], ScalarType.Int64) }),
            Listeners = [new MetricsLog(10), new Follower(preview)],
        };
        using PrefetchedBatches batches = new(new EmojiBatches(new SceneComposer(emoji, seed: 1), _tokenizer, options.Batch, side));
        Console.WriteLine(trainer.Run(batches, options.Out, cancellation));
    }

    private static TrainingSettings Settings(RunOptions options) => new()
    {
        Steps = options.Steps,
        Seed = 1,
        LearningRate = options.Rate,
        Schedule = new ConstantRate { WarmUp = 200 },
        Optimiser = new AdamW(WeightDecay: 0.01),
        Averages = [new WarmUpAverage(0.999)],
        Precision = Precision.BFloat16,
        ConditionDropout = 0.1,
        CheckpointEvery = options.Preview,
        PreviewEvery = options.Preview,
    };

    private Condition Words(IReadOnlyList<string> prompts) =>
        Condition.None.With(WordUNet.WordsName, tensor(prompts.SelectMany(_tokenizer.Encode).ToArray(), [prompts.Count, _tokenizer.Length]));

    private void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        _tokenizer.Save(Path.Combine(folder, VocabularyFile));
    }

    /// <summary>Writes a line now and then and draws the sheets.</summary>
    private sealed class Follower(Action<TrainingProgress, DenoisingNetwork> preview) : ITrainingListener
    {
        private const int Every = 50;

        public void Stepped(TrainingProgress progress)
        {
            if (progress.Step % Every == 0)
                Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss} step {progress.Step} images {progress.Images} loss {progress.SmoothedLoss:F4} norm {progress.GradientNorm:F2} {progress.ImagesPerSecond:F1} images/s");
        }

        public void Warned(string message) => Console.WriteLine(message);

        public void Previewed(TrainingProgress progress, DenoisingNetwork network) => preview(progress, network);
    }
}
