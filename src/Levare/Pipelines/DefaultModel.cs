namespace Levare.Pipelines;

/// <summary>The model in the box.</summary>
public static class DefaultModel
{
    /// <summary>The name of its folder below models/.</summary>
    public const string Name = "default";

    /// <summary>Its folder: models/ beside the program, or beside the checkout that the program was built in.</summary>
    /// <exception cref="DirectoryNotFoundException">It is not there.</exception>
    public static string Folder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, "models", Name);
            if (File.Exists(Path.Combine(folder, ModelIndex.FileName))) return folder;
        }
        throw new DirectoryNotFoundException(
            $"the model in the box is missing: no folder models/{Name} lies beside {AppContext.BaseDirectory} or above it. Name a model folder with --model.");
    }
}
