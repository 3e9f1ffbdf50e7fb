using System.Collections.Immutable;
using System.Text.Json;
using Levare.Data;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Conditioning.Clip;

/// <summary>Makes pictures into what CLIP's picture encoder reads: resized, cropped about the centre, normalised. Immutable and thread-safe.</summary>
public sealed record ClipImageProcessor
{
    /// <summary>The size that pictures are resized to; null to leave them.</summary>
    public ClipResize? Resize { get; init; } = new ClipResize.ShortestEdge(224);

    /// <summary>The kernel of the resizing.</summary>
    public ResampleFilter Filter { get; init; } = ResampleFilter.Bicubic;

    /// <summary>Height and width of what is kept about the centre, black where there is no picture; null to keep all.</summary>
    public (int Height, int Width)? Crop { get; init; } = (224, 224);

    /// <summary>What bytes are multiplied by.</summary>
    public double Scale { get; init; } = 1 / 255.0;

    /// <summary>Subtracted from each channel (red, green, blue).</summary>
    public ImmutableArray<double> Mean { get; init; } = [0.48145466, 0.4578275, 0.40821073];

    /// <summary>What each channel is divided by then.</summary>
    public ImmutableArray<double> Deviation { get; init; } = [0.26862954, 0.26130258, 0.27577711];

    /// <summary>Reads preprocessor_config.json.</summary>
    /// <param name="component">The folder, such as a model's feature_extractor/.</param>
    /// <exception cref="InvalidDataException">A setting is not sound; the message names it.</exception>
    public static ClipImageProcessor Load(ModelComponent component) => Read(component.Config, component.ConfigPath);

    /// <summary>Reads preprocessor_config.json.</summary>
    /// <param name="json">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">A setting is not sound; the message names it.</exception>
    public static ClipImageProcessor Read(JsonElement json, string source)
    {
        ClipImageProcessor standard = new();
        ConfigReader reader = new(json, source);
        bool normalises = reader.Bool("do_normalize", true);
        ClipImageProcessor processor = new()
        {
            Resize = reader.Bool("do_resize", true) ? reader.Value("size", standard.Resize!, ReadResize, "a size, {\"shortest_edge\": size}, or {\"height\": size, \"width\": size}") : null,
            Filter = reader.Value("resample", standard.Filter, ReadFilter, "2 (bilinear), 3 (bicubic), 1 (Lanczos) or 4 (box)"),
            Crop = reader.Bool("do_center_crop", true) ? reader.Value("crop_size", standard.Crop, ReadCrop, "a size, or {\"height\": size, \"width\": size}") : null,
            Scale = reader.Bool("do_rescale", true) ? reader.Number("rescale_factor", standard.Scale) : 1,
            Mean = normalises ? reader.Value("image_mean", standard.Mean, ReadChannels, "three numbers") : [0, 0, 0],
            Deviation = normalises ? reader.Value("image_std", standard.Deviation, ReadChannels, "three numbers") : [1, 1, 1],
        };
        return processor.Deviation.All(deviation => deviation > 0) ? processor : throw new InvalidDataException($"{source}: 'image_std' must be above 0.");
    }

    /// <summary>A picture as float32 [1, 3, height, width]; alpha is dropped.</summary>
    public Tensor Process(RawImage picture)
    {
        RawImage image = picture.ToChannels(3);
        if (Resize is not null)
        {
            (int height, int width) = Resize.SizeFor(image.Height, image.Width);
            image = Resampling.Resize(image, width, height, Filter);
        }
        (int cropHeight, int cropWidth) = Crop ?? (image.Height, image.Width);
        int top = FloorHalf(image.Height - cropHeight), left = FloorHalf(image.Width - cropWidth), plane = cropHeight * cropWidth;
        float[] values = new float[3 * plane];
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < cropHeight; y++)
                for (int x = 0; x < cropWidth; x++)
                    values[c * plane + y * cropWidth + x] = (float)((Value(image, y + top, x + left, c) * Scale - Mean[c]) / Deviation[c]);
        return tensor(values, [1, 3, cropHeight, cropWidth]);
    }

    private static int Value(RawImage image, int y, int x, int c) =>
        y < 0 || y >= image.Height || x < 0 || x >= image.Width ? 0 : image.Bytes[(y * image.Width + x) * 3 + c];

    private static int FloorHalf(int value) => value >> 1;

    private static ClipResize ReadResize(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number) return new ClipResize.ShortestEdge(Size(value));
        if (value.TryGetProperty("shortest_edge", out JsonElement edge)) return new ClipResize.ShortestEdge(Size(edge));
        (int height, int width) = ReadPair(value);
        return new ClipResize.Exact(height, width);
    }

    private static (int, int)? ReadCrop(JsonElement value) => value.ValueKind == JsonValueKind.Number ? (Size(value), Size(value)) : ReadPair(value);

    private static (int, int) ReadPair(JsonElement value) =>
        value.TryGetProperty("height", out JsonElement height) && value.TryGetProperty("width", out JsonElement width) ? (Size(height), Size(width)) : throw new FormatException("no size");

    private const int LargestSize = 1 << 14;

    private static int Size(JsonElement value) => value.GetInt32() is >= 1 and <= LargestSize and int size ? size : throw new FormatException("out of range");

    // The numbers are Pillow's.
    private static ResampleFilter ReadFilter(JsonElement value) => value.GetInt32() switch
    {
        1 => ResampleFilter.Lanczos,
        2 => ResampleFilter.Bilinear,
        3 => ResampleFilter.Bicubic,
        4 => ResampleFilter.Box,
        _ => throw new FormatException("no such filter"),
    };

    private static ImmutableArray<double> ReadChannels(JsonElement value) =>
        value.EnumerateArray().Select(item => item.GetDouble()).ToImmutableArray() is { Length: 3 } channels ? channels : throw new FormatException("not three");
}
