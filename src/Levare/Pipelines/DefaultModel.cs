using Levare.Runtime;

namespace Levare.Pipelines;

/// <summary>The model in the box.</summary>
public static class DefaultModel
{
    /// <summary>The name of its folder below models/.</summary>
    public const string Name = "default";

    /// <summary>Its folder, or null where it is missing.</summary>
    public static string? Find() => RepositoryFolder.Find(Path.Combine("models", Name));

    /// <summary>Its folder: models/ beside the program, or beside the checkout that the program was built in.</summary>
    /// <exception cref="DirectoryNotFoundException">It is not there.</exception>
    public static string Folder() => Find() ?? throw new DirectoryNotFoundException(
        $"the model in the box is missing: no folder models/{Name} lies beside {AppContext.BaseDirectory} or above it. Name a model folder with --model.");
}
