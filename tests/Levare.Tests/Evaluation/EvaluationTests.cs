using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Evaluation;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Tests.Data;
using Levare.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Evaluation;

public sealed class EvaluationTests
{
    [Fact]
    public void A_set_is_at_no_distance_from_itself_and_covers_itself()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Normal(200, 8, 1);
        Assert.Equal(0, FrechetDistance.Between(x, x), 1e-6);
        Assert.Equal(0, KernelDistance.Gaussian(x, x), 1e-6);
        Manifold manifold = Manifold.Of(x, x);
        Assert.Equal((1, 1, 1), (manifold.Precision, manifold.Recall, manifold.Coverage));
    }

    [Fact]
    public void A_shift_of_a_set_is_its_frechet_distance()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Normal(300, 5, 2);
        Assert.Equal(5 * 4, FrechetDistance.Between(x, x + 2), 1e-6);
    }

    [Fact]
    public void Sets_of_other_features_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => FrechetDistance.Between(zeros(4, 3), zeros(4, 2)));
        Assert.Throws<ArgumentException>(() => Manifold.Of(zeros(5, 3), zeros(9, 3)));
    }

    [Fact]
    public void Nearest_neighbours_are_those_of_the_full_search()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor set = Normal(500, 6, 3), queries = Normal(300, 6, 4);
        NearestNeighbours found = NearestNeighbours.Find(queries, set, 3);
        Tensor all = Features.Distances(queries.to(ScalarType.Float64), set.to(ScalarType.Float64));
        (Tensor values, Tensor indices) = all.topk(3, 1, largest: false);
        for (int i = 0; i < 300; i++)
        {
            Assert.Equal(indices[i].data<long>().ToArray(), found.Indices[i].Select(n => (long)n));
            Assert.All(values[i].data<double>().ToArray().Zip(found.Distances[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }
    }

    [Fact]
    public void A_classifier_learns_classes_that_can_be_told_apart()
    {
        using ImageSet images = TestPictures.Numbered(240, size: 8, classes: 2);
        // Class 0 where the number is even cannot be seen; dark and bright can.
        BrightnessBatches batches = new(images);
        random.manual_seed(5);
        using PictureClassifier classifier = new(1, 2);
        classifier.Train(batches, 60);
        using Tensor pictures = ImageBatches.Plain(images, [5, 30, 60, 180, 210, 235], 8);
        Assert.Equal([0, 0, 0, 1, 1, 1], classifier.Classify(pictures));
        using Tensor features = new ClassifierFeatures(classifier, "x").Extract(pictures);
        Assert.Equal([6, PictureClassifier.FeatureCount], features.shape);
    }

    [Fact]
    public void The_gaussian_baseline_has_the_pictures_mean_and_covariance()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mix = Normal(4, 4, 5) * 0.05f, pictures = (Normal(2000, 4, 6).mm(mix) + tensor(new[] { 0.3f, -0.2f, 0.1f, 0f })).view(2000, 1, 2, 2);
        Tensor samples = GaussianBaseline.Sample((label, _) => label == 0 ? pictures : -pictures, [.. Enumerable.Range(0, 4000).Select(i => i % 2)], 9);
        Tensor zero = samples.index_select(0, arange(0, 4000, 2)), one = samples.index_select(0, arange(1, 4000, 2));
        Assert.True((zero.mean([0]) - pictures.mean([0])).abs().max().item<float>() < 0.02);
        Assert.True((one.mean([0]) + pictures.mean([0])).abs().max().item<float>() < 0.02);
        Assert.True((Covariance(zero) - Covariance(pictures)).abs().max().item<float>() < 0.15 * Covariance(pictures).abs().max().item<float>());
    }

    [Fact]
    public void A_network_that_knows_the_answer_has_no_loss_at_any_level()
    {
        using DisposeScope scope = NewDisposeScope();
        using Constant network = new();
        Tensor data = full([7, 1, 4, 4], 0.25f);
        NoiseLevel[] levels = [new(0.1, 1, 0.1), new(3, 1, 3)];
        var losses = LevelLoss.Measure(network, new SamplePrediction(), new SimpleWeight(), levels, data, Condition.None, 1);
        Assert.Equal([0.1, 3], losses.Select(loss => loss.Sigma));
        Assert.All(losses, loss => Assert.Equal((0, 0), (loss.Loss, loss.SquaredError)));
        losses = LevelLoss.Measure(network, new SamplePrediction(), new SimpleWeight(), levels, data + 2, Condition.None, 1);
        Assert.All(losses, loss => Assert.Equal(4, loss.SquaredError, 1e-5));
    }

    [Fact]
    public void Principal_features_keep_what_varies()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pictures = Normal(100, 2, 7).mm(Normal(2, 16, 8)).view(100, 1, 4, 4);
        using PrincipalFeatures features = new(pictures, 2);
        Tensor x = features.Extract(pictures);
        Tensor flat = pictures.flatten(1);
        Assert.Equal(Features.Distances(flat, flat).mean().item<float>(), Features.Distances(x, x).mean().item<float>(), 1e-3);
    }

    private static Tensor Normal(long rows, long columns, ulong seed)
    {
        using Generator generator = new(seed, CPU);
        return randn([rows, columns], generator: generator);
    }

    private static Tensor Covariance(Tensor pictures)
    {
        Tensor flat = pictures.flatten(1);
        flat -= flat.mean([0]);
        return flat.t().mm(flat) / (flat.shape[0] - 1);
    }

    private sealed class Constant() : DenoisingNetwork("constant")
    {
        public override Tensor forward(Tensor input, Tensor time, Condition condition) => full_like(input, 0.25f);
    }

    private sealed class BrightnessBatches(ImageSet images) : IBatchSource
    {
        public TrainingBatch Read(long number)
        {
            int[] indices = [.. Enumerable.Range(0, 24).Select(i => (int)((number * 7 + i * 10) % images.Count))];
            Tensor labels = tensor(indices.Select(index => images.Pixels(index)[0] < 120 ? 0L : 1L).ToArray());
            return new(ImageBatches.Plain(images, indices, 8), Condition.None.With(ConditionNames.ClassLabels, labels));
        }
    }
}
