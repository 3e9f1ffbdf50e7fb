using System.Text.Json;
using Levare.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.Images;

/// <summary>Distances and scores of pictures and features, against scikit-image, scipy and the published formulas.</summary>
public sealed class ImageMetricsVerifier : ICaseVerifier
{
    // Features were float64 and are stored as float32.
    private const double Pixels = 1e-6, Features = 1e-4;

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("metrics");

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        Metrics metrics = new(golden);
        return [.. metrics.Similarity(), .. metrics.Distances(), .. metrics.Manifolds(), .. metrics.Scores()];
    }

    private sealed class Metrics(GoldenCase golden)
    {
        public IEnumerable<Comparison> Similarity()
        {
            Tensor a = Get("image_a").permute(2, 0, 1), b = Get("image_b").permute(2, 0, 1);
            Tensor unitA = a.to(ScalarType.Float64) / 255, unitB = b.to(ScalarType.Float64) / 255;
            yield return Near("psnr_uint8", ImageSimilarity.Psnr(a, b, 255), Pixels);
            yield return Near("psnr_float", ImageSimilarity.Psnr(unitA, unitB, 1), Pixels);
            yield return Near("ssim_gauss", ImageSimilarity.Ssim(a, b, 255), Pixels);
            yield return Near("ssim_uniform7", ImageSimilarity.Ssim(a, b, 255, SsimWindow.Uniform), Pixels);
        }

        public IEnumerable<Comparison> Distances()
        {
            Tensor x = Get("feat_x"), y = Get("feat_y");
            yield return Near("fid_eigen", FrechetDistance.Between(x, y), Features);
            yield return Near("fid_singular_eigen", FrechetDistance.Between(x, Get("feat_few")), Features);
            yield return Near("kid_full", KernelDistance.Polynomial(x, y), Features);
            yield return Near("cmmd_rbf_sigma10", KernelDistance.Gaussian(x, y), Features);
            Tensor rowsX = Get("kid_subset_x"), rowsY = Get("kid_subset_y");
            double[] expected = Numbers(Value("kid_subsets"));
            for (int i = 0; i < expected.Length; i++)
                yield return Near($"kid_subsets[{i}]", KernelDistance.Polynomial(x.index_select(0, rowsX[i]), y.index_select(0, rowsY[i])), expected[i], Features);
        }

        public IEnumerable<Comparison> Manifolds()
        {
            foreach (JsonProperty row in golden.Json.GetProperty("values").EnumerateObject().Where(row => row.Name.StartsWith("prdc_k", StringComparison.Ordinal)))
            {
                int k = int.Parse(row.Name.AsSpan("prdc_k".Length), System.Globalization.CultureInfo.InvariantCulture);
                Manifold manifold = Manifold.Of(Get("feat_x"), Get("feat_y"), k);
                yield return Near($"{row.Name} precision", manifold.Precision, row.Value.GetProperty("precision").GetDouble(), Pixels);
                yield return Near($"{row.Name} recall", manifold.Recall, row.Value.GetProperty("recall").GetDouble(), Pixels);
                yield return Near($"{row.Name} density", manifold.Density, row.Value.GetProperty("density").GetDouble(), Pixels);
                yield return Near($"{row.Name} coverage", manifold.Coverage, row.Value.GetProperty("coverage").GetDouble(), Pixels);
                yield return Comparison.Of($"radii_x_k{k}", Manifold.Radii(Get("feat_x").to(ScalarType.Float64), k), Get($"radii_x_k{k}"));
            }
        }

        public IEnumerable<Comparison> Scores()
        {
            JsonElement splits = Value("inception_score_5splits");
            (double mean, double deviation) = InceptionScore.Of(Get("probs"), 5);
            yield return Near("inception_score_1split", InceptionScore.Of(Get("probs")).Mean, 1e-5);
            yield return Near("inception_score_5splits mean", mean, splits.GetProperty("mean").GetDouble(), 1e-5);
            yield return Near("inception_score_5splits std", deviation, splits.GetProperty("std").GetDouble(), 1e-5);
            Tensor images = Get("clip_image"), texts = Get("clip_text");
            yield return All("clip_cosine", ClipScore.Cosines(images, texts));
            yield return All("clip_directional", ClipScore.Directional(images, images.flip(0), texts, texts.flip(0)));
        }

        private Comparison All(string name, IEnumerable<double> actual) =>
            Comparison.Of(name, tensor(actual.ToArray()), tensor(Numbers(Value(name))), Pixels);

        private Comparison Near(string name, double actual, double tolerance) => Near(name, actual, Value(name).GetDouble(), tolerance);

        private static Comparison Near(string name, double actual, double expected, double tolerance) =>
            new($"{name}: {actual:g9} where {expected:g9} is expected", Math.Abs(actual - expected) / Math.Max(1, Math.Abs(expected)), tolerance);

        private Tensor Get(string name) => golden.Tensor(name);

        private JsonElement Value(string name) => golden.Json.GetProperty("values").GetProperty(name);

        private static double[] Numbers(JsonElement values) => [.. values.EnumerateArray().Select(value => value.GetDouble())];
    }
}
