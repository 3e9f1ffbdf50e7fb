using System.Collections.Immutable;
using Levare.Data;

namespace Levare.Recipes;

/// <summary>The pictures of a run: those that it trains on and those that it is measured on.</summary>
public sealed class RunData : IDisposable
{
    private readonly ImageSet _train, _other;

    private RunData(ImageSet train, ImmutableArray<int> trainIndices, ImageSet other, ImmutableArray<int> heldOutIndices, ImmutableArray<string> classes)
    {
        (_train, _other) = (train, other);
        Train = new(train, trainIndices);
        HeldOut = new(other, heldOutIndices);
        Classes = classes;
    }

    /// <summary>What is trained on.</summary>
    public ImageSelection Train { get; }

    /// <summary>What is not trained on; may be empty.</summary>
    public ImageSelection HeldOut { get; }

    /// <summary>The classes that the network is told, by label; empty when it is told none.</summary>
    public ImmutableArray<string> Classes { get; }

    /// <summary>How many pictures could not be decoded.</summary>
    public int Skipped => _train.Skipped.Length + (ReferenceEquals(_train, _other) ? 0 : _other.Skipped.Length);

    /// <summary>The pictures that could not be decoded.</summary>
    public IEnumerable<SkippedImage> SkippedImages => ReferenceEquals(_train, _other) ? _train.Skipped : _train.Skipped.Concat(_other.Skipped);

    /// <summary>Opens and decodes a data set as a recipe asks; decoded pictures are kept in cache files for the next time.</summary>
    /// <param name="path">See <see cref="ImageSources.Open"/>.</param>
    /// <param name="recipe">How pictures are prepared.</param>
    /// <param name="cacheFolder">Where the cache files go.</param>
    /// <param name="seed">Chooses what is held out where the data has no part for it.</param>
    /// <param name="progress">Told the number of pictures read.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="InvalidDataException">The data is broken or does not fit the recipe.</exception>
    public static RunData Open(
        string path, DataRecipe recipe, string cacheFolder, long seed, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        ImageSplits splits = ImageSources.Open(path);
        ImageSet train = Read(splits.Train, "train");
        try
        {
            ImmutableArray<string> classes = Classify(train, recipe);
            if (splits.HeldOut is not null)
            {
                ImageSet heldOut = Read(splits.HeldOut, "held-out");
                return new(train, All(train), heldOut, All(heldOut), classes);
            }
            EpochOrder shuffled = new(train.Count, seed);
            int aside = (int)(train.Count * recipe.HeldOut);
            ImmutableArray<int> order = [.. Enumerable.Range(0, train.Count).Select(i => shuffled[i])];
            return new(train, [.. order.Skip(aside).Order()], train, [.. order.Take(aside).Order()], classes);
        }
        catch
        {
            train.Dispose();
            throw;
        }

        ImageSet Read(IImageSource source, string name)
        {
            ImageShape shape = new(recipe.Augmentation.PreparedSize(recipe.Size), recipe.Channels, recipe.Fit, recipe.Background);
            ImageReading reading = new(shape) { TolerableShare = recipe.TolerableShare, CacheFile = Path.Combine(cacheFolder, $"{name}.images") };
            return ImageSetReader.Read(source, reading, progress, cancellation);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _train.Dispose();
        _other.Dispose();
    }

    private static ImmutableArray<int> All(ImageSet images) => [.. Enumerable.Range(0, images.Count)];

    private static ImmutableArray<string> Classify(ImageSet images, DataRecipe recipe)
    {
        if (recipe.Condition == ImageConditionKind.None) return [];
        if (images.ClassNames.Length == 0 || images.Labels.Any(label => label < 0))
            throw new InvalidDataException("The recipe trains on classes, and not all pictures have one: lay them into a sub-folder for each class, or set data.condition to none.");
        if (recipe.Classes.IsDefaultOrEmpty) return images.ClassNames;
        return recipe.Classes.Length >= images.ClassNames.Length ? recipe.Classes
            : throw new InvalidDataException($"The recipe names {recipe.Classes.Length} classes, and the data has {images.ClassNames.Length}.");
    }
}

/// <summary>Some of a set's pictures.</summary>
/// <param name="Images">The set.</param>
/// <param name="Indices">Which of them.</param>
public sealed record ImageSelection(ImageSet Images, ImmutableArray<int> Indices)
{
    /// <summary>How many they are.</summary>
    public int Count => Indices.Length;

    /// <summary>The class of each; -1 without one.</summary>
    public ImmutableArray<int> Labels => [.. Indices.Select(index => Images.Labels[index])];
}
