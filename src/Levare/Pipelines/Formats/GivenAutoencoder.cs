using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>An autoencoder that takes the place of a model's own.</summary>
internal static class GivenAutoencoder
{
    /// <summary>The part that it replaces.</summary>
    public const string Part = "vae";

    /// <summary>Opens it: a part's folder, a model's folder, or a file of weights.</summary>
    /// <param name="path">The folder or the file.</param>
    /// <param name="model">The model, whose settings hold for a file: nothing in one tells the scale of latents.</param>
    /// <exception cref="IOException">There is nothing of that name.</exception>
    /// <exception cref="InvalidDataException">It is no autoencoder.</exception>
    public static ModelComponent Open(string path, ModelFiles model)
    {
        if (!model.Has(Part)) throw new InvalidDataException($"{model.Path} has no autoencoder ({Part}) that {path} could replace.");
        if (File.Exists(path)) return model.Component(Part).WithWeights(Weights(path)).AnyVariant();
        if (!Directory.Exists(path)) throw new FileNotFoundException($"There is no file or folder {path} with an autoencoder.", path);
        return (ModelFolder.IsModel(path) ? ModelFolder.Open(path).Component(Part) : ModelComponent.Open(path)).AnyVariant();
    }

    // With the keys of a folder's part, or of a single file.
    private static Func<IWeights> Weights(string path)
    {
        using IWeights weights = WeightsFile.Open(path);
        bool isPart = weights.Entries.Keys.Any(key => key.StartsWith("decoder.", StringComparison.Ordinal) && key.Contains("up_blocks.", StringComparison.Ordinal));
        if (isPart) return () => WeightsFile.Open(path);
        ModelFiles file = ModelFiles.Open(path);
        if (!file.Has(Part)) throw new InvalidDataException($"{path} has no autoencoder; it has {string.Join(", ", file.Parts.Select(part => part.Name))}.");
        ModelComponent component = file.Component(Part);
        return () => component.OpenWeights();
    }
}
