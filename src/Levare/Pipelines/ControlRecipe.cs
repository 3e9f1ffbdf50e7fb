namespace Levare.Pipelines;

/// <summary>What steered a run that made a picture.</summary>
/// <param name="Model">The network that looked at the pictures, as it was given; null where there was none.</param>
/// <param name="Use">How it was used, its pictures named by their contents.</param>
public sealed record ControlRecipe(string? Model, TaskRecipe Use);
