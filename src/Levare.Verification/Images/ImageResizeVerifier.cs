using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Levare.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.Images;

/// <summary>Changes of a picture's size against Pillow's.</summary>
public sealed partial class ImageResizeVerifier : ICaseVerifier
{
    // "exact uint8 (allow +-1 on at most 0.5% of values)", as the case says in words; the gap is in its words alone, too.
    private const double OffByOne = 0.005, ReducingGap = 2, FloatTolerance = 1e-5;

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("image_resize");

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden) =>
        [.. golden.Tensors.Entries.Keys.Select(name => ResultName().Match(name)).Where(match => match.Success).Select(match => Compare(golden, match))];

    private static Comparison Compare(GoldenCase golden, Match name)
    {
        ResampleFilter filter = Enum.Parse<ResampleFilter>(name.Groups["filter"].Value, ignoreCase: true);
        int width = int.Parse(name.Groups["width"].ValueSpan, CultureInfo.InvariantCulture), height = int.Parse(name.Groups["height"].ValueSpan, CultureInfo.InvariantCulture);
        RawImage input = golden.Picture(name.Groups["kind"].Value == "RGBA" ? "rgba_input" : "input");
        if (name.Groups["kind"].Value == "F") return CompareFloats(golden, name.Value, Channel(input), width, height, filter);
        RawImage actual = name.Groups["kind"].Value switch
        {
            "L" => Resampling.Resize(Channel(input), width, height, filter),
            "box" => Resampling.Resize(input, width, height, filter, Box(golden)),
            "gap" => Resampling.Resize(input, width, height, filter, reducingGap: ReducingGap),
            _ => Resampling.Resize(input, width, height, filter),
        };
        return GoldenPictures.Compare(name.Value, actual, golden.Picture(name.Value), largest: 1, share: OffByOne);
    }

    private static Comparison CompareFloats(GoldenCase golden, string name, RawImage input, int width, int height, ResampleFilter filter)
    {
        using var scope = NewDisposeScope();
        float[] resized = Resampling.Resize([.. input.Bytes.Select(value => value / 255f)], input.Width, width, height, filter);
        return Comparison.Of(name, tensor(resized).view(height, width), golden.Tensor(name), FloatTolerance);
    }

    private static PixelBox Box(GoldenCase golden)
    {
        double[] box = [.. golden.Json.GetProperty("box").EnumerateArray().Select(side => side.GetDouble())];
        return new(box[0], box[1], box[2], box[3]);
    }

    private static RawImage Channel(RawImage image) => new(image.Width, image.Height, 1, [.. image.Bytes.Where((_, i) => i % image.Channels == 0)]);

    [GeneratedRegex(@"^((?<kind>L|F|RGBA|box|gap)_)?(?<filter>nearest|bilinear|bicubic|lanczos|box|hamming)_(?<width>\d+)x(?<height>\d+)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex ResultName();
}
