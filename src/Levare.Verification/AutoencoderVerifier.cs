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
        return [.. Encoded(golden, autoencoder, tolerance), .. Decoded(golden, autoencoder, tolerance),
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
        Tensor deviation = (posterior.LogVariance! * 0.5).exp();
        if (golden.Has("moments"))
        {
            Tensor[] moments = golden.Tensor("moments").chunk(2, 1);
            yield return tolerance.Compare("moments: mean", posterior.Mean, moments[0]);
            yield return tolerance.Compare("moments: log variance", posterior.LogVariance!, moments[1].clamp(-30, 20));
        }
        if (golden.Has("mean")) yield return tolerance.Compare("mean", posterior.Mode, golden.Tensor("mean"));
        if (golden.Has("std")) yield return tolerance.Compare("std", deviation, golden.Tensor("std"));
        if (golden.Has("sample") && SampleSeed().Match(golden.Json.GetProperty("notes").ToString()) is { Success: true } seed)
        {
            using SeededNoise noise = new(long.Parse(seed.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            yield return tolerance.Compare("sample", posterior.Sample(noise), golden.Tensor("sample"));
        }
    }

    private static IEnumerable<Comparison> Decoded(GoldenCase golden, Autoencoder autoencoder, CaseTolerance tolerance)
    {
        if (golden.Has("decoded")) yield return tolerance.Compare("decoded", autoencoder.Decode(golden.Tensor("z")), golden.Tensor("decoded"));
    }

    // The notes of a case are the only place that names the seed of its draw.
    [GeneratedRegex(@"generator (\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex SampleSeed();
}
