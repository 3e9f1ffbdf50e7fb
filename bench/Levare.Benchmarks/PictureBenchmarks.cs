using BenchmarkDotNet.Attributes;
using Levare.Codecs;
using Levare.Data;
using static TorchSharp.torch;

namespace Levare.Benchmarks;

/// <summary>From a state to a file's bytes, 512x512.</summary>
public class PictureBenchmarks
{
    private Tensor _state = null!;
    private RawImage _image = null!;

    [GlobalSetup]
    public void Setup()
    {
        _state = randn(3, 512, 512) * 0.5;
        _image = PixelCodec.Decode(_state);
    }

    [GlobalCleanup]
    public void Cleanup() => _state.Dispose();

    [Benchmark]
    public RawImage StateToPixels() => PixelCodec.Decode(_state);

    [Benchmark]
    public byte[] EncodePng() => ImageEncoder.Encode(_image);

    [Benchmark]
    public byte[] EncodeWebP() => ImageEncoder.Encode(_image, ImageFormat.WebP);
}
