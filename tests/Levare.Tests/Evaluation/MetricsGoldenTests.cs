using System.Text.Json;
using Levare.Evaluation;
using Levare.Verification;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Evaluation;

/// <summary>The measures against scikit-image, scipy and the published formulas.</summary>
public sealed class MetricsGoldenTests : IDisposable
{
    // The features were float64 and are stored as float32.
    private const double Loose = 1e-4;
    private readonly GoldenCase _golden = Golden.Open("images/metrics");
    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void Frechet_distances()
    {
        AssertNear("fid_eigen", FrechetDistance.Between(Get("feat_x"), Get("feat_y")), Loose);
        AssertNear("fid_singular_eigen", FrechetDistance.Between(Get("feat_x"), Get("feat_few")), Loose);
    }

    [Fact]
    public void Kernel_distances()
    {
        AssertNear("kid_full", KernelDistance.Polynomial(Get("feat_x"), Get("feat_y")), Loose);
        AssertNear("cmmd_rbf_sigma10", KernelDistance.Gaussian(Get("feat_x"), Get("feat_y")), Loose);
        Tensor x = Get("kid_subset_x"), y = Get("kid_subset_y");
        double[] expected = [.. Value("kid_subsets").EnumerateArray().Select(v => v.GetDouble())];
        for (int i = 0; i < expected.Length; i++)
        {
            double actual = KernelDistance.Polynomial(Get("feat_x").index_select(0, x[i]), Get("feat_y").index_select(0, y[i]));
            Assert.Equal(expected[i], actual, Loose * Math.Max(1, Math.Abs(expected[i])));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Precision_recall_density_and_coverage(int k)
    {
        Manifold manifold = Manifold.Of(Get("feat_x"), Get("feat_y"), k);
        JsonElement expected = Value($"prdc_k{k}");
        Assert.Equal(expected.GetProperty("precision").GetDouble(), manifold.Precision, 1e-9);
        Assert.Equal(expected.GetProperty("recall").GetDouble(), manifold.Recall, 1e-9);
        Assert.Equal(expected.GetProperty("density").GetDouble(), manifold.Density, 1e-9);
        Assert.Equal(expected.GetProperty("coverage").GetDouble(), manifold.Coverage, 1e-9);
        Golden.Check([Comparison.Of("radii of x", Manifold.Radii(Get("feat_x").to(ScalarType.Float64), k), Get($"radii_x_k{k}"))]);
    }

    [Fact]
    public void Inception_scores()
    {
        AssertNear("inception_score_1split", InceptionScore.Of(Get("probs")).Mean, 1e-5);
        (double mean, double deviation) = InceptionScore.Of(Get("probs"), 5);
        Assert.Equal(Value("inception_score_5splits").GetProperty("mean").GetDouble(), mean, 1e-5);
        Assert.Equal(Value("inception_score_5splits").GetProperty("std").GetDouble(), deviation, 1e-5);
    }

    [Fact]
    public void Similarity_of_pictures()
    {
        Tensor a = Get("image_a").permute(2, 0, 1), b = Get("image_b").permute(2, 0, 1);
        AssertNear("psnr_uint8", ImageSimilarity.Psnr(a, b, 255), 1e-6);
        AssertNear("psnr_float", ImageSimilarity.Psnr(a.to(ScalarType.Float64) / 255, b.to(ScalarType.Float64) / 255, 1), 1e-6);
        AssertNear("ssim_gauss", ImageSimilarity.Ssim(a, b, 255), 1e-6);
        AssertNear("ssim_uniform7", ImageSimilarity.Ssim(a, b, 255, SsimWindow.Uniform), 1e-6);
    }

    [Fact]
    public void Clip_scores()
    {
        Tensor images = Get("clip_image"), texts = Get("clip_text");
        double[] cosines = [.. Value("clip_cosine").EnumerateArray().Select(v => v.GetDouble())];
        Assert.All(cosines.Zip(ClipScore.Cosines(images, texts)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        double[] directional = [.. Value("clip_directional").EnumerateArray().Select(v => v.GetDouble())];
        Assert.All(directional.Zip(ClipScore.Directional(images, images.flip(0), texts, texts.flip(0))), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _golden.Dispose();
    }

    private Tensor Get(string name) => _golden.Tensor(name);

    private JsonElement Value(string name) => _golden.Json.GetProperty("values").GetProperty(name);

    private void AssertNear(string name, double actual, double tolerance)
    {
        double expected = Value(name).GetDouble();
        Assert.Equal(expected, actual, tolerance * Math.Max(1, Math.Abs(expected)));
    }
}
