using System.Text.Json;
using Levare.Codecs;
using Levare.Data;
using Levare.Evaluation;
using Levare.Networks.Autoencoders;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Tiny autoencoders: latents, pictures, scaled latents; and the real TAEF2 on a picture, with what its layers give and how near it comes.</summary>
public sealed class TinyAutoencoderVerifier : ICaseVerifier
{
    // The two files of the shared data lie beside the golden cases.
    private const string SharedData = "../../../data";
    private const double PsnrTolerance = 0.01;

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Area is "taesd" or "taef2";

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return golden.Area == "taef2" ? [.. Picture(golden)] : [.. Tensors(golden)];
    }

    private static IEnumerable<Comparison> Tensors(GoldenCase golden)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        string folder = Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!);
        using AutoencoderTiny autoencoder = AutoencoderTiny.Load(ModelComponent.Open(folder));
        Tensor latents = autoencoder.Encode(golden.Tensor("x")).Mode;
        yield return Comparison.Of("latents", latents, golden.Tensor("latents"), tolerance);
        yield return Comparison.Of("scaled", autoencoder.ToUnit(latents), golden.Tensor("scaled"), tolerance);
        yield return Comparison.Of("decoded", autoencoder.Decode(golden.Tensor("latents")), golden.Tensor("decoded"), tolerance);
        yield return Comparison.Of("decoded_noise", autoencoder.Decode(golden.Tensor("noise")), golden.Tensor("decoded_noise"), tolerance);
    }

    private static IEnumerable<Comparison> Picture(GoldenCase golden)
    {
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        string data = Path.Combine(golden.Folder, SharedData, "taef2"), encoder = Path.Combine(data, "taef2_encoder.pth"), decoder = Path.Combine(data, "taef2_decoder.pth");
        if (!File.Exists(encoder)) throw new NotSupportedException("the weights of TAEF2 are not beside the golden cases");
        using AutoencoderTiny autoencoder = AutoencoderTiny.LoadOriginal(encoder, decoder);
        using LayerOutputs layers = new(autoencoder, Layers(golden).Select(layer => layer.Ours));
        Tensor picture = PixelCodec.Unit(ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(golden.Folder, "source.png"))).ToChannels(3)).unsqueeze(0);
        Tensor latents = autoencoder.Encode(picture * 2 - 1).Mode;
        yield return Comparison.Of("latents", latents, golden.Tensor("latents"), tolerance);
        Tensor decoded = autoencoder.Decode(golden.Tensor("latents")) / 2 + 0.5;
        yield return Comparison.Of("decoded", decoded, golden.Tensor("decoded"), tolerance);
        foreach ((string name, string ours) in Layers(golden))
            yield return Comparison.Of(name, layers.All[ours].mean([2, 3]), golden.Tensor(name), tolerance);
        double expected = golden.Json.GetProperty("psnr").GetDouble(), psnr = ImageSimilarity.Psnr(decoded.clamp(0, 1), picture, 1);
        yield return new($"PSNR {psnr:f2} dB where {expected:f2} is expected", Math.Abs(psnr - expected), PsnrTolerance);
    }

    // "decoder.3.out" counts the clamp in front, which has no layer of ours.
    private static IEnumerable<(string Name, string Ours)> Layers(GoldenCase golden) =>
        from name in golden.Tensors.Entries.Keys
        let parts = name.Split('.')
        where parts is ["encoder" or "decoder", _, "out"]
        select (name, $"{parts[0]}.layers.{int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) - (parts[0] == "decoder" ? 1 : 0)}");
}
