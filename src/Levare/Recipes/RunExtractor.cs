using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Levare.Data;
using Levare.Evaluation;
using Levare.Runtime;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Recipes;

/// <summary>The feature extractor of a run: a classifier trained on its data, kept in its folder, or principal components where there are no classes.</summary>
internal sealed class RunExtractor : IDisposable
{
    private const int Components = 64, Batch = 64, MostPictures = 4000;
    private const long Seen = 120_000, Epochs = 8;
    private const string WeightsFile = "classifier.safetensors", CardFile = "classifier.json";
    private readonly PictureClassifier? _classifier;

    private RunExtractor(IFeatureExtractor features, PictureClassifier? classifier, double? accuracy)
    {
        (Features, _classifier, Accuracy) = (features, classifier, accuracy);
    }

    /// <summary>The features.</summary>
    public IFeatureExtractor Features { get; }

    /// <summary>The share of held-out pictures that the classifier gets right; null without a classifier.</summary>
    public double? Accuracy { get; }

    /// <summary>The share of pictures that the classifier takes for the class they were asked to be; null without a classifier.</summary>
    public double? Agreement(Tensor pictures, IReadOnlyList<int> labels) =>
        _classifier?.Classify(pictures).Zip(labels).Average(pair => pair.First == pair.Second ? 1.0 : 0.0);

    /// <summary>The extractor of a run's folder; it is trained and stored when it is not there.</summary>
    public static RunExtractor Open(RunFolder folder, Recipe recipe, RunData data, CancellationToken cancellation)
    {
        if (data.Classes.Length == 0)
        {
            using Tensor some = ImageBatches.Plain(data.Train.Images, [.. data.Train.Indices.Take(MostPictures)], recipe.Data.Size);
            return new(new PrincipalFeatures(some, Components), null, null);
        }
        string store = Path.Combine(folder.Path, "extractor"), weights = Path.Combine(store, WeightsFile), card = Path.Combine(store, CardFile);
        random.manual_seed(recipe.Seed);
        PictureClassifier classifier = new(recipe.Data.Channels, data.Classes.Length);
        if (!File.Exists(card)) Train(classifier, recipe, data, weights, card, cancellation);
        else Load(classifier, weights);
        using JsonDocument read = JsonDocument.Parse(File.ReadAllBytes(card));
        return new(new ClassifierFeatures(classifier, read.RootElement.GetProperty("name").GetString()!), classifier, read.RootElement.GetProperty("accuracy").GetDouble());
    }

    public void Dispose()
    {
        _classifier?.Dispose();
        (Features as IDisposable)?.Dispose();
    }

    private static void Train(PictureClassifier classifier, Recipe recipe, RunData data, string weights, string card, CancellationToken cancellation)
    {
        // Small sets are seen a few times over, large ones up to a limit.
        long seen = Math.Clamp(Epochs * data.Train.Count, 100 * Batch, Seen);
        ImageBatches batches = new(data.Train.Images, data.Train.Indices, Batch, recipe.Data.Size, recipe.Data.Augmentation, new ClassCondition(), recipe.Seed);
        classifier.Train(batches, seen / Batch, cancellation);
        ImageSelection tested = data.HeldOut.Count > 0 ? data.HeldOut : data.Train;
        double right = 0;
        foreach (int[] part in tested.Indices.Chunk(500))
        {
            using Tensor pictures = ImageBatches.Plain(tested.Images, part, recipe.Data.Size);
            right += classifier.Classify(pictures).Zip(part).Count(pair => pair.First == tested.Images.Labels[pair.Second]);
        }
        SafetensorsWriter.Write(weights, classifier.state_dict());
        string digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(weights)));
        AtomicFile.WriteText(card, JsonSerializer.Serialize(new
        {
            name = string.Create(CultureInfo.InvariantCulture, $"classifier-{recipe.Name}-{digest[..8]}"),
            accuracy = right / tested.Count,
            images = seen,
            seed = recipe.Seed,
            sha256 = digest,
        }) + "\n");
    }

    private static void Load(PictureClassifier classifier, string weights)
    {
        using SafetensorsFile file = SafetensorsFile.Open(weights);
        using var noGradient = no_grad();
        foreach ((string name, var parameter) in classifier.named_parameters())
        {
            using Tensor value = file.Load(name);
            parameter.copy_(value);
        }
        classifier.eval();
    }
}
