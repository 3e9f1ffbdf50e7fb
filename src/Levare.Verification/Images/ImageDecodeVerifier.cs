using System.Text.Json;
using Levare.Data;

namespace Levare.Verification.Images;

/// <summary>Files of pictures as RGB and as grey, against Pillow.</summary>
public sealed class ImageDecodeVerifier : ICaseVerifier
{
    // "png/bmp/ppm/gif exact; jpeg +-3": decoders of JPEG round differently.
    private const int JpegTolerance = 3;

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("image_decode");

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden) => [.. golden.Json.GetProperty("files").EnumerateObject().SelectMany(file => Compare(golden, file.Name))];

    private static IEnumerable<Comparison> Compare(GoldenCase golden, string file)
    {
        int tolerance = Path.GetExtension(file) is ".jpg" or ".jpeg" ? JpegTolerance : 0;
        RawImage image = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(golden.Folder, file)), deepGrey: DeepGrey.Clipped);
        yield return GoldenPictures.Compare($"{file}.rgb", image.ToChannels(3), golden.Picture($"{file}.rgb"), tolerance);
        yield return GoldenPictures.Compare($"{file}.L", image.ToChannels(1), golden.Picture($"{file}.L"), tolerance);
    }
}
