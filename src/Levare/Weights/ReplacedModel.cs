using System.Collections.Immutable;

namespace Levare.Weights;

/// <summary>A model with some parts from elsewhere, or of another pipeline. Nothing on disk changes.</summary>
internal sealed class ReplacedModel : ModelFiles
{
    private readonly ModelFiles _model;
    private readonly ImmutableDictionary<string, ModelComponent> _replaced;

    /// <summary>A model in another's place.</summary>
    /// <param name="model">The model that all else is from.</param>
    /// <param name="className">The pipeline's class in Python.</param>
    /// <param name="replaced">Parts by name, those that the model lacks among them.</param>
    public ReplacedModel(ModelFiles model, string className, ImmutableDictionary<string, ModelComponent> replaced)
        : base(model.Path, model.Index, className, Together(model, replaced)) => (_model, _replaced) = (model, replaced);

    /// <inheritdoc/>
    public override string? FolderOf(string name) => _replaced.TryGetValue(name, out ModelComponent? part) ? part.Folder : _model.FolderOf(name);

    private protected override ModelComponent OpenPart(string name) => _replaced.TryGetValue(name, out ModelComponent? part) ? part : _model.Component(name);

    private static ImmutableArray<ModelPart> Together(ModelFiles model, ImmutableDictionary<string, ModelComponent> replaced) =>
        [.. model.Parts, .. replaced.Where(part => !model.Has(part.Key)).Select(part => new ModelPart(part.Key, "", part.Value.ClassName ?? ""))];
}
