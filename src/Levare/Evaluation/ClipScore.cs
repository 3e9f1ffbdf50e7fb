using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>How well pictures fit texts, by the embeddings of a model of both.</summary>
public static class ClipScore
{
    /// <summary>The cosine between each pair's embeddings, -1..1.</summary>
    /// <param name="images">[pairs, features].</param>
    /// <param name="texts">[pairs, features].</param>
    public static ImmutableArray<double> Cosines(Tensor images, Tensor texts)
    {
        Features.Check(images, texts, atLeast: 1);
        if (images.shape[0] != texts.shape[0]) throw new ArgumentException($"There are {images.shape[0]} pictures and {texts.shape[0]} texts.", nameof(texts));
        using DisposeScope scope = NewDisposeScope();
        return [.. nn.functional.cosine_similarity(Features.Double(images), Features.Double(texts), 1).data<double>().ToArray()];
    }

    /// <summary>The mean cosine in percent, negative ones counted as 0 (Hessel et al. 2021, in the scale that most papers use).</summary>
    /// <inheritdoc cref="Cosines"/>
    public static double Mean(Tensor images, Tensor texts) => Math.Max(0, 100 * Cosines(images, texts).Average());

    /// <summary>Whether an edit went where its text went: the cosine of the pictures' and the texts' differences (Gal et al. 2022).</summary>
    /// <param name="before">[pairs, features] of pictures.</param>
    /// <param name="after">[pairs, features] of pictures.</param>
    /// <param name="textBefore">[pairs, features].</param>
    /// <param name="textAfter">[pairs, features].</param>
    public static ImmutableArray<double> Directional(Tensor before, Tensor after, Tensor textBefore, Tensor textAfter)
    {
        using DisposeScope scope = NewDisposeScope();
        return Cosines(after - before, textAfter - textBefore);
    }
}
