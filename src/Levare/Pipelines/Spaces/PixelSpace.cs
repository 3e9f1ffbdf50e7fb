using Levare.Codecs;
using Levare.Data;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines.Spaces;

/// <summary>States that are pictures.</summary>
/// <param name="channels">1 (grey) or 3 (RGB).</param>
/// <param name="range">The values of black and white.</param>
internal sealed class PixelSpace(int channels, PixelRange range = PixelRange.Signed) : StateSpace
{
    public override int Channels => channels;

    public override int PictureChannels => channels;

    public override int Factor => 1;

    public override Tensor Encode(Tensor pixels, INoiseSource noise) => range == PixelRange.Unit ? pixels * 0.5 + 0.5 : pixels.clone();

    public override Tensor Decode(Tensor state) => state.alias();

    public override IReadOnlyList<RawImage> Pictures(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return [.. pixels.unbind().Select(single => PixelCodec.Decode(single, range))];
    }

    public override IReadOnlyList<RawImage> Preview(Tensor state) => Pictures(state);
}
