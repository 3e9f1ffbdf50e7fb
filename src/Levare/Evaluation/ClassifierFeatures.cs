using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>The features of a trained <see cref="PictureClassifier"/>.</summary>
/// <param name="classifier">In evaluation mode; it stays the caller's.</param>
/// <param name="name">What it is called.</param>
public sealed class ClassifierFeatures(PictureClassifier classifier, string name) : IFeatureExtractor
{
    private const int Batch = 500;

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public Tensor Extract(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        return cat([.. pictures.split(Batch).Select(classifier.Features)], 0).MoveToOuterDisposeScope();
    }
}
