using System.Collections.Immutable;
using Levare.Conditioning.Clip;
using Levare.Data;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Safety;

/// <summary>The safety checker of Stable Diffusion 1 (Rombach et al. 2022): finds pictures that are too much like concepts that its makers chose. Thread-safe.</summary>
public sealed class SafetyChecker : IDisposable
{
    /// <summary>The part of a model that holds it.</summary>
    public const string PartName = "safety_checker";

    // What a concept that asks for special care adds to all that is judged after it.
    private const double SpecialCare = 0.01;
    private const int Decimals = 3;
    private readonly SafetyNetwork _network;
    private readonly ClipImageProcessor _processor;
    private readonly float[] _conceptThresholds;
    private readonly float[] _specialThresholds;

    internal SafetyChecker(SafetyNetwork network, ClipImageProcessor processor)
    {
        (_network, _processor) = (network, processor);
        (_conceptThresholds, _specialThresholds) = (network.ConceptThresholds, network.SpecialThresholds);
    }

    /// <summary>Loads a model's safety checker, and its feature_extractor/ where it has one; null where the model has no safety checker.</summary>
    /// <param name="model">The model.</param>
    /// <param name="variant">fp16, say; null takes the plain weights.</param>
    /// <exception cref="InvalidDataException">A part is not sound; the message names it.</exception>
    public static SafetyChecker? Load(ModelFiles model, string? variant = null)
    {
        if (!model.Has(PartName)) return null;
        ClipImageProcessor processor = model.Has("feature_extractor") ? ClipImageProcessor.Load(model.Component("feature_extractor")) : new();
        return new(SafetyNetwork.Load(model.Component(PartName), variant), processor);
    }

    /// <summary>Judges a picture.</summary>
    /// <exception cref="InvalidDataException">The picture gives values that are not finite.</exception>
    public SafetyVerdict Check(RawImage picture)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        SafetyNetwork.Likeness likeness = _network.call(_processor.Process(picture));
        float[] concepts = [.. likeness.Concepts[0].data<float>()], specials = [.. likeness.Specials[0].data<float>()];
        if (!concepts.Concat(specials).All(float.IsFinite)) throw new InvalidDataException("The safety checker's weights give values that are not finite.");
        double care = 0;
        ImmutableArray<double> specialScores = [.. specials.Select((cosine, i) =>
        {
            double score = Score(cosine, _specialThresholds[i], care);
            if (score > 0) care = SpecialCare;
            return score;
        })];
        return new([.. concepts.Select((cosine, i) => Score(cosine, _conceptThresholds[i], care))], specialScores);
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();

    private static double Score(double cosine, double threshold, double care) => Math.Round(cosine - threshold + care, Decimals);
}
