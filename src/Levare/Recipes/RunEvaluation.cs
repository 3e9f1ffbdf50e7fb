using System.Collections.Immutable;
using System.Diagnostics;
using Levare.Codecs;
using Levare.Conditioning;
using Levare.Data;
using Levare.Evaluation;
using Levare.Networks.UNet;
using Levare.Paths;
using Levare.Runtime;
using Levare.Training;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Recipes;

/// <summary>How a run is evaluated.</summary>
/// <param name="Samples">Samples that are drawn, and pictures on each side of a distance.</param>
/// <param name="Seed">Gives the samples' noise.</param>
public sealed record EvaluationSettings(int Samples = 1000, long Seed = 1);

/// <summary>Measures a run's model against pictures that it has not seen, and writes a report with pictures.</summary>
/// <param name="folder">The run; its model/ is evaluated.</param>
/// <param name="settings">How.</param>
public sealed class RunEvaluation(RunFolder folder, EvaluationSettings settings)
{
    private const int KernelSubsets = 20, KernelSubset = 200, Levels = 8, LossPictures = 400, Neighbours = 4, Shown = 10, SheetRows = 8;
    private readonly Recipe _recipe = folder.ReadRecipe();

    /// <summary>Told what is being done.</summary>
    public IProgress<string>? Progress { get; init; }

    /// <summary>Evaluates and writes report/.</summary>
    /// <exception cref="InvalidDataException">The run has no model, or too few pictures are held out.</exception>
    public RunReport Run(CancellationToken cancellation = default)
    {
        RunRecord record = folder.ReadRecord() ?? throw new InvalidDataException($"{folder.Path} does not say where its data lies: it has no run.json.");
        if (!ModelFolder.IsModel(folder.Model)) throw new InvalidDataException($"{folder.Path} has no model yet: train it first.");
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tell("reading the data");
        using RunData data = RunData.Open(record.Data, _recipe.Data, folder.Cache, _recipe.Seed, cancellation: cancellation);
        int count = Math.Min(settings.Samples, Math.Min(data.HeldOut.Count, data.Train.Count));
        if (count < 20) throw new InvalidDataException($"{data.HeldOut.Count} pictures are held out; at least 20 are needed.");
        using UNet2D network = UNet2D.Load(ModelComponent.Open(Path.Combine(folder.Model, "unet")));
        Tell("the extractor of features");
        using RunExtractor extractor = WithGradient(() => RunExtractor.Open(folder, _recipe, data, cancellation));
        ImageSampler sampler = new(_recipe, network, data.Classes.Length);
        ImmutableArray<int> labels = sampler.EvenLabels(count);
        Tell($"{count} samples");
        long began = Stopwatch.GetTimestamp();
        Tensor samples = sampler.Sample(labels, settings.Seed, cancellation).clamp_(-1, 1);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds / count;
        Tell("distances");
        Tensor heldOut = Pictures(data.HeldOut, count), train = Pictures(data.Train, count);
        Tensor heldOutFeatures = extractor.Features.Extract(heldOut), sampleFeatures = extractor.Features.Extract(samples);
        Tensor baseline = GaussianBaseline.Sample((label, most) => OfClass(data, label, most), labels, settings.Seed);
        (Memorisation memorisation, NearestNeighbours neighbours) = Neighbourhood(data, extractor.Features, sampleFeatures, heldOutFeatures);
        RunReport report = new()
        {
            Recipe = _recipe.Name,
            Images = record.Sittings.Count > 0 ? record.Sittings[^1].ToImages : 0,
            Parameters = record.Parameters,
            Extractor = extractor.Features.Name,
            ExtractorAccuracy = extractor.Accuracy,
            Count = count,
            Steps = _recipe.Sampling.Steps,
            Guidance = data.Classes.Length > 0 ? _recipe.Sampling.Guidance : 1,
            Seed = settings.Seed,
            Model = Distance(heldOutFeatures, sampleFeatures, extractor.Agreement(samples, labels)),
            Floor = Distance(heldOutFeatures, extractor.Features.Extract(train), extractor.Agreement(train, [.. Spread(data.Train, count).Select(i => data.Train.Images.Labels[i])])),
            Baseline = Distance(heldOutFeatures, extractor.Features.Extract(baseline), extractor.Agreement(baseline, labels)),
            HeldOutLoss = Loss(network, data, data.HeldOut),
            TrainLoss = Loss(network, data, data.Train),
            Memorisation = memorisation,
            SecondsASample = seconds,
        };
        WritePictures(data, samples, baseline, neighbours, report);
        RunReportWriter.Write(folder, report, record);
        return report;
    }

    private SetDistance Distance(Tensor real, Tensor other, double? agreement)
    {
        (double kernel, double deviation) = KernelDistance.PolynomialOverSubsets(real, other, KernelSubsets, KernelSubset, settings.Seed);
        Manifold manifold = Manifold.Of(real, other);
        return new(FrechetDistance.Between(real, other), kernel, deviation, manifold.Precision, manifold.Recall, manifold.Density, manifold.Coverage, agreement);
    }

    private ImmutableArray<LevelLoss> Loss(UNet2D network, RunData data, ImageSelection selection)
    {
        Tell("the loss by noise level");
        int[] indices = [.. Spread(selection, LossPictures)];
        using Tensor pictures = ImageBatches.Plain(selection.Images, indices, _recipe.Data.Size);
        Condition condition = data.Classes.Length == 0 ? Condition.None : new ClassCondition().Condition(selection.Images, indices);
        INoisePath path = _recipe.Diffusion.Path();
        NoiseLevel[] levels = [.. Enumerable.Range(0, Levels).Select(i => path.At(_recipe.Diffusion.Levels.TimeAt((i + 0.5) / Levels, path))).OrderBy(level => level.Ratio)];
        return LevelLoss.Measure(network, _recipe.Diffusion.Parameterisation(), _recipe.Diffusion.LossWeight, levels, pictures, condition, settings.Seed);
    }

    private (Memorisation, NearestNeighbours) Neighbourhood(RunData data, IFeatureExtractor extractor, Tensor samples, Tensor heldOut)
    {
        Tell("nearest neighbours in the training set");
        List<Tensor> parts = [];
        foreach (int[] part in data.Train.Indices.Chunk(2000))
        {
            using Tensor pictures = ImageBatches.Plain(data.Train.Images, part, _recipe.Data.Size);
            parts.Add(extractor.Extract(pictures));
        }
        Tensor train = cat(parts, 0);
        NearestNeighbours ofSamples = NearestNeighbours.Find(samples, train, Neighbours);
        double[] samplesNearest = [.. ofSamples.Distances.Select(d => d[0])], heldOutNearest = [.. NearestNeighbours.Find(heldOut, train, 1).Distances.Select(d => d[0]).Order()];
        double unusual = heldOutNearest[heldOutNearest.Length / 100];
        return (new(Median(samplesNearest), Median(heldOutNearest), samplesNearest.Average(d => d < unusual ? 1.0 : 0.0)), ofSamples);
    }

    private void WritePictures(RunData data, Tensor samples, Tensor baseline, NearestNeighbours neighbours, RunReport report)
    {
        int columns = data.Classes.Length is > 1 and <= 20 ? data.Classes.Length : Shown;
        int shown = (int)Math.Min(columns * SheetRows, samples.shape[0]);
        int scale = Math.Max(1, 600 / (columns * _recipe.Data.Size));
        Save("samples.png", PictureSheet.Of(samples.narrow(0, 0, shown), columns, scale));
        Save("baseline.png", PictureSheet.Of(baseline.narrow(0, 0, shown / 2), columns, scale));
        using (Tensor real = RealByClass(data, columns, shown / 2)) Save("held-out.png", PictureSheet.Of(real, columns, scale));
        // A column a sample: the sample, then its neighbours, the nearest first.
        int several = Math.Min(Shown, neighbours.Indices.Length);
        int[] found = [.. Enumerable.Range(0, Neighbours).SelectMany(rank => Enumerable.Range(0, several).Select(i => data.Train.Indices[neighbours.Indices[i][rank]]))];
        using Tensor near = ImageBatches.Plain(data.Train.Images, found, _recipe.Data.Size);
        Save("neighbours.png", PictureSheet.Of(cat([samples.narrow(0, 0, several), near], 0), several, scale));
        LossPlot.DrawLevels(Path.Combine(folder.Report, "levels.png"), report.HeldOutLoss, report.TrainLoss);
    }

    private Tensor RealByClass(RunData data, int columns, int count)
    {
        if (data.Classes.Length != columns) return ImageBatches.Plain(data.HeldOut.Images, [.. Spread(data.HeldOut, count)], _recipe.Data.Size);
        ILookup<int, int> byClass = data.HeldOut.Indices.ToLookup(index => data.HeldOut.Images.Labels[index]);
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => byClass[i % columns].Skip(i / columns).FirstOrDefault(data.HeldOut.Indices[0]))];
        return ImageBatches.Plain(data.HeldOut.Images, chosen, _recipe.Data.Size);
    }

    private Tensor OfClass(RunData data, int label, int most)
    {
        IEnumerable<int> own = data.Classes.Length == 0 ? data.Train.Indices : data.Train.Indices.Where(index => data.Train.Images.Labels[index] == label);
        return ImageBatches.Plain(data.Train.Images, [.. own.Take(most)], _recipe.Data.Size);
    }

    private Tensor Pictures(ImageSelection selection, int count) => ImageBatches.Plain(selection.Images, [.. Spread(selection, count)], _recipe.Data.Size);

    // Pictures from the whole of a selection, which may be sorted by class.
    private IEnumerable<int> Spread(ImageSelection selection, int count)
    {
        EpochOrder order = new(selection.Count, settings.Seed);
        return Enumerable.Range(0, Math.Min(count, selection.Count)).Select(i => selection.Indices[order[i]]);
    }

    private void Save(string name, RawImage sheet) => AtomicFile.Write(Path.Combine(folder.Report, name), stream => stream.Write(ImageEncoder.Encode(sheet)));

    private void Tell(string what) => Progress?.Report(what);

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static T WithGradient<T>(Func<T> action)
    {
        using var grad = enable_grad();
        return action();
    }
}
