using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Levare.Networks.Autoencoders;
using Levare.Sampling;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Variational autoencoders: the moments and draws of an encoded picture, the picture of decoded latents, and the layers on the way.</summary>
public sealed partial class AutoencoderVerifier : ICaseVerifier
{
    private static readonly string[] Moments = ["moments", "moments_plain"];

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Json.TryGetProperty("module", out JsonElement module) && module.ValueEquals(AutoencoderKlConfigJson.ClassName);

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using Autoencoder autoencoder = Autoencoder.Load(Component(golden));
        using LayerOutputs layers = new(autoencoder, golden.Tensors.Entries.Keys);
        CaseTolerance tolerance = CaseTolerance.Of(golden);
        return [.. Encoded(golden, autoencoder, tolerance), .. Decoded(golden, autoencoder, tolerance), .. Tiled(golden, autoencoder, tolerance),
            .. layers.All.Select(layer => tolerance.Compare(layer.Key, layer.Value, golden.Tensor(layer.Key)))];
    }

    private static ModelComponent Component(GoldenCase golden)
    {
        string folder = Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!);
        return golden.Json.TryGetProperty("file", out JsonElement file)
            ? SingleFileModel.OpenPart(Path.Combine(golden.Folder, file.GetString()!), "vae", folder)
            : ModelComponent.Open(folder);
    }

    private static IEnumerable<Comparison> Encoded(GoldenCase golden, Autoencoder autoencoder, CaseTolerance tolerance)
    {
        if (!golden.Has("image")) yield break;
        LatentPosterior posterior = autoencoder.Encode(golden.Tensor("image"));
        foreach (string name in Moments.Where(golden.Has)) yield return tolerance.Compare(name, cat([posterior.Mean, posterior.LogVariance!], 1), golden.Tensor(name));
        if (golden.Has("mean")) yield return tolerance.Compare("mean", posterior.Mode, golden.Tensor("mean"));
        if (golden.Has("std")) yield return tolerance.Compare("std", posterior.Deviation(), golden.Tensor("std"));
        if (golden.Has("sample") && SampleSeed().Match(golden.Json.GetProperty("notes").ToString()) is { Success: true } seed)
        {
            using SeededNoise noise = new(long.Parse(seed.Groups["seed"].ValueSpan, CultureInfo.InvariantCulture));
            yield return tolerance.Compare("sample", posterior.Sample(noise), golden.Tensor("sample"));
        }
    }

    private static IEnumerable<Comparison> Decoded(GoldenCase golden, Autoencoder autoencoder, CaseTolerance tolerance)
    {
        if (golden.Has("decoded")) yield return tolerance.Compare("decoded", autoencoder.Decode(golden.Tensor("z")), golden.Tensor("decoded"));
    }

    private static IEnumerable<Comparison> Tiled(GoldenCase golden, Autoencoder autoencoder, CaseTolerance tolerance)
    {
        if (TileSizes().Match(golden.Json.GetProperty("notes").ToString()) is not { Success: true } sizes) yield break;
        SeamTiling tiling = new(int.Parse(sizes.Groups["pixels"].ValueSpan, CultureInfo.InvariantCulture), int.Parse(sizes.Groups["latents"].ValueSpan, CultureInfo.InvariantCulture),
            double.Parse(sizes.Groups["overlap"].ValueSpan, CultureInfo.InvariantCulture));
        TiledCodec codec = new(autoencoder, tiling);
        if (golden.Has("moments_tiled"))
        {
            LatentPosterior posterior = codec.Encode(golden.Tensor("image"));
            yield return tolerance.Compare("moments_tiled", cat([posterior.Mean, posterior.LogVariance!], 1), golden.Tensor("moments_tiled"));
        }
        if (!golden.Has("decoded_tiled")) yield break;
        // Stored are some of the rows and columns, which the stored size tells.
        Tensor decoded = codec.Decode(golden.Tensor("z")), expected = golden.Tensor("decoded_tiled");
        long every = decoded.shape[2] / expected.shape[2];
        yield return tolerance.Compare("decoded_tiled", decoded[.., .., TensorIndex.Slice(step: every), TensorIndex.Slice(step: every)], expected);
    }

    // The notes of a case are the only place that names the seed of its draw.
    [GeneratedRegex(@"generator (?<seed>\d+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex SampleSeed();

    // The sizes of tiles, too.
    [GeneratedRegex(@"tile_sample_min_size (?<pixels>\d+), tile_latent_min_size (?<latents>\d+), tile_overlap_factor (?<overlap>[\d.]*\d)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex TileSizes();
}
