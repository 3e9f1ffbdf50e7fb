using System.Collections.Immutable;
using Levare.Codecs;
using Levare.Data;
using Levare.Runtime;
using Levare.Safety;

namespace Levare.Pipelines;

/// <summary>A picture and how it was made. Immutable.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Recipe">All that made it.</param>
/// <param name="Latents">The last state, before it became pixels.</param>
/// <param name="Elapsed">How long it took, the model's loading aside.</param>
/// <param name="Evaluations">How often the network was run, counting each row of a batch.</param>
public sealed record ImageResult(RawImage Image, ImageRecipe Recipe, Latents Latents, TimeSpan Elapsed, long Evaluations)
{
    /// <summary>What was cut from the prompts of the batch because the text encoder had no room for it; empty where all was read.</summary>
    public ImmutableArray<string> Dropped { get; init; } = [];

    /// <summary>What the model's safety checker says of the picture, which is black where it was flagged (unless that was to be reported only); null where none was asked.</summary>
    public SafetyVerdict? Safety { get; init; }

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
