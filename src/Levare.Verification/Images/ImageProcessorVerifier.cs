using System.Globalization;
using System.Text.Json;
using Levare.Codecs;
using Levare.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.Images;

/// <summary>Pictures and masks before and after a pipeline, against diffusers' VaeImageProcessor.</summary>
public sealed class ImageProcessorVerifier : ICaseVerifier
{
    // What the case says in words alone.
    private static readonly PixelRegion OverlayRegion = new(6, 5, 30, 29);
    private const int AdapterHeight = 32, AdapterWidth = 48;

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("image_processor");

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var scope = NewDisposeScope();
        double tolerance = golden.Json.GetProperty("tolerance").GetDouble();
        return
        [
            .. golden.Json.GetProperty("preprocess").EnumerateArray().Select(row => Preprocess(golden, row, tolerance)),
            .. golden.Json.GetProperty("crop_regions").EnumerateArray().Select((row, i) => CropRegion(row, golden.Picture("mask"), i)),
            .. Blurred(golden), .. Postprocess(golden, tolerance), .. Overlays(golden), .. AdapterMasks(golden, tolerance),
        ];
    }

    private static Comparison Preprocess(GoldenCase golden, JsonElement row, double tolerance)
    {
        string name = row.GetProperty("name").GetString()!, source = row.GetProperty("source").GetString()!;
        JsonElement call = row.GetProperty("call");
        ImagePreprocessor processor = Processor(row.GetProperty("processor"));
        int? width = call.TryGetProperty("width", out JsonElement w) ? w.GetInt32() : null, height = call.TryGetProperty("height", out JsonElement h) ? h.GetInt32() : null;
        Tensor actual = golden.Has(source) ? processor.Encode(golden.Picture(source), width, height, Mode(call), Region(call))
            : source.StartsWith("np_image", StringComparison.Ordinal) ? processor.Encode(golden.Tensor("np_image").permute(0, 3, 1, 2).contiguous(), width, height)
            // Latents are returned as they are, so that the result is the input.
            : processor.Encode(golden.Tensor(name), width, height);
        return Comparison.Of(name, actual, golden.Tensor(name), tolerance);
    }

    private static ImagePreprocessor Processor(JsonElement config)
    {
        bool Has(string key, bool otherwise) => config.TryGetProperty(key, out JsonElement value) ? value.GetBoolean() : otherwise;
        return new()
        {
            Multiple = config.TryGetProperty("vae_scale_factor", out JsonElement factor) ? factor.GetInt32() : 8,
            Filter = config.TryGetProperty("resample", out JsonElement filter) ? Enum.Parse<ResampleFilter>(filter.GetString()!, ignoreCase: true) : ResampleFilter.Lanczos,
            ReducingGap = config.TryGetProperty("reducing_gap", out JsonElement gap) && gap.ValueKind == JsonValueKind.Number ? gap.GetDouble() : null,
            Channels = Has("do_convert_grayscale", false) ? 1 : Has("do_convert_rgb", false) ? 3 : null,
            Range = Has("do_normalize", true) ? PixelRange.Signed : PixelRange.Unit,
            Threshold = Has("do_binarize", false) ? 0.5 : null,
        };
    }

    private static ResizeMode Mode(JsonElement call) => call.TryGetProperty("resize_mode", out JsonElement mode) ? mode.GetString() switch
    {
        "fill" => ResizeMode.Fill,
        "crop" => ResizeMode.Crop,
        _ => ResizeMode.Stretch,
    } : ResizeMode.Stretch;

    private static PixelRegion? Region(JsonElement call) => call.TryGetProperty("crops_coords", out JsonElement region) ? Region([.. region.EnumerateArray().Select(side => side.GetInt32())]) : null;

    private static PixelRegion Region(int[] sides) => new(sides[0], sides[1], sides[2], sides[3]);

    private static Comparison CropRegion(JsonElement row, RawImage like, int index)
    {
        int[] rows = [.. row.GetProperty("mask_rows").EnumerateArray().Select(side => side.GetInt32())], columns = [.. row.GetProperty("mask_cols").EnumerateArray().Select(side => side.GetInt32())];
        RawImage mask = new(like.Width, like.Height, 1, new byte[like.Width * like.Height]);
        for (int y = rows[0]; y < rows[1]; y++) mask.Bytes.AsSpan(y * mask.Width + columns[0], columns[1] - columns[0]).Fill(255);
        PixelRegion expected = Region([.. row.GetProperty("region_x1y1x2y2").EnumerateArray().Select(side => side.GetInt32())]);
        PixelRegion actual = MaskRegion.Around(mask, row.GetProperty("width").GetInt32(), row.GetProperty("height").GetInt32(), row.GetProperty("pad").GetInt32());
        return new($"crop region {index}: {actual} where {expected} is expected", actual == expected ? 0 : double.PositiveInfinity, 0);
    }

    private static IEnumerable<Comparison> Blurred(GoldenCase golden) =>
        from name in golden.Tensors.Entries.Keys
        where name.StartsWith("blur_", StringComparison.Ordinal)
        let source = golden.Picture(name.StartsWith("blur_rgb_", StringComparison.Ordinal) ? "image" : "mask")
        let radius = int.Parse(name.AsSpan(name.LastIndexOf('_') + 1), CultureInfo.InvariantCulture)
        select GoldenPictures.Compare(name, GaussianBlur.Apply(source, radius), golden.Picture(name), largest: 1);

    private static IEnumerable<Comparison> Postprocess(GoldenCase golden, double tolerance)
    {
        Tensor input = golden.Tensor("post_in"), unit = PixelCodec.ToUnit(input);
        yield return Comparison.Of("post_pt", unit, golden.Tensor("post_pt"), tolerance);
        yield return Comparison.Of("post_np", unit.permute(0, 2, 3, 1), golden.Tensor("post_np"), tolerance);
        // [True, False]: the second picture is left as it is.
        yield return Comparison.Of("post_pt_nodenorm", cat([unit.narrow(0, 0, 1), input.narrow(0, 1, 1)], 0), golden.Tensor("post_pt_nodenorm"), tolerance);
        Tensor bytes = golden.Tensor("post_pil");
        for (int i = 0; i < input.shape[0]; i++)
        {
            RawImage expected = new((int)bytes.shape[2], (int)bytes.shape[1], (int)bytes.shape[3], bytes[i].contiguous().data<byte>().ToArray());
            yield return GoldenPictures.Compare($"post_pil {i}", PixelCodec.Decode(input[i]), expected);
        }
    }

    private static IEnumerable<Comparison> Overlays(GoldenCase golden)
    {
        RawImage mask = golden.Picture("mask"), original = golden.Picture("image");
        yield return GoldenPictures.Compare("overlay", InpaintOverlay.Apply(mask, original, golden.Picture("overlay_image")), golden.Picture("overlay"));
        yield return GoldenPictures.Compare("overlay_crop", InpaintOverlay.Apply(mask, original, golden.Picture("overlay_crop_image"), OverlayRegion), golden.Picture("overlay_crop"));
    }

    private static IEnumerable<Comparison> AdapterMasks(GoldenCase golden, double tolerance)
    {
        RawImage mask = golden.Picture("mask");
        RawImage inverted = new(mask.Width, mask.Height, 1, [.. mask.Bytes.Select(value => (byte)(255 - value))]);
        Tensor masks = cat([.. new[] { mask, inverted }.Select(picture => ImagePreprocessor.Mask.Encode(picture, AdapterWidth, AdapterHeight))], 0);
        yield return Comparison.Of("ip_mask", masks, golden.Tensor("ip_mask"), tolerance);
        yield return Comparison.Of("ip_mask_down", AdapterMask.ForQueries(masks[0], 2, 6), golden.Tensor("ip_mask_down"), tolerance);
        yield return Comparison.Of("ip_mask_down_uneven", AdapterMask.ForQueries(masks[0], 1, 25), golden.Tensor("ip_mask_down_uneven"), tolerance);
    }
}
