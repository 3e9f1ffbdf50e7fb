using Levare.Codecs;
using Levare.Data;
using Levare.Networks.Autoencoders;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Spaces;

/// <summary>States that are an autoencoder's latents in the scale of training.</summary>
/// <param name="codec">The autoencoder, or a way of using one; disposed with this where it can be.</param>
internal sealed class LatentSpace(ILatentCodec codec) : StateSpace
{
    private readonly LatentPreview _preview = LatentPreview.Of(codec);

    /// <summary>The autoencoder.</summary>
    public ILatentCodec Codec => codec;

    public override int Channels => codec.LatentChannels;

    public override int PictureChannels => 3;

    public override int Factor => codec.Factor;

    public override Tensor Encode(Tensor pixels, INoiseSource noise)
    {
        using DisposeScope scope = NewDisposeScope();
        using LatentPosterior posterior = codec.Encode(pixels);
        Tensor latents = Repeated(posterior, noise.Rows).Sample(noise);
        return codec.Scale.ToState(latents.to(ScalarType.Float32)).MoveToOuterDisposeScope();
    }

    public override Tensor Decode(Tensor state)
    {
        using Tensor latents = codec.Scale.ToLatents(state);
        using Tensor pixels = codec.Decode(latents);
        return pixels.to(ScalarType.Float32, copy: true);
    }

    public override IReadOnlyList<RawImage> Pictures(Tensor pixels)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. pixels.unbind().Select(single => PixelCodec.Decode(single))];
    }

    public override IReadOnlyList<RawImage> Preview(Tensor state) => _preview.Pictures(state);

    public override void Dispose()
    {
        (codec as IDisposable)?.Dispose();
        base.Dispose();
    }

    // Rows that draw for themselves draw from the same distribution.
    private static LatentPosterior Repeated(LatentPosterior posterior, long? rows)
    {
        long pictures = posterior.Mean.shape[0];
        if (rows is not { } wanted || wanted == pictures) return posterior;
        if (wanted % pictures != 0) throw new RequestException($"{pictures} pictures were given for {wanted} results: one, or one for each, is needed.");
        long[] times = [wanted / pictures, 1, 1, 1];
        return new(posterior.Mean.repeat(times), posterior.LogVariance?.repeat(times));
    }
}
