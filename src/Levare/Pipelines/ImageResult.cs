using Levare.Codecs;
using Levare.Data;
using Levare.Runtime;

namespace Levare.Pipelines;

/// <summary>A picture and how it was made. Immutable.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Recipe">All that made it.</param>
/// <param name="Latents">The last state, before it became pixels.</param>
/// <param name="Elapsed">How long it took, the model's loading aside.</param>
/// <param name="Evaluations">How often the network was run, counting each row of a batch.</param>
public sealed record ImageResult(RawImage Image, ImageRecipe Recipe, Latents Latents, TimeSpan Elapsed, long Evaluations)
{
    /// <summary>The bytes of the picture's file; a PNG holds the recipe. The same request gives the same bytes.</summary>
    public byte[] Encode(ImageFormat format = ImageFormat.Png)
    {
        byte[] bytes = ImageEncoder.Encode(Image, format);
        return format == ImageFormat.Png ? PngText.Insert(bytes, Recipe.ToTexts()) : bytes;
    }

    /// <summary>Writes .png, .webp or .jpg by the name's ending, whole or not at all.</summary>
    public void Save(string path)
    {
        byte[] bytes = Encode(ImageEncoder.FormatOf(path));
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }
}
