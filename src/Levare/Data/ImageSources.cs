namespace Levare.Data;

/// <summary>The training part of a data set and, where it comes with one, the part held out.</summary>
/// <param name="Train">What is trained on.</param>
/// <param name="HeldOut">What is measured on; null when the set is one whole and a share of it is to be set aside.</param>
public sealed record ImageSplits(IImageSource Train, IImageSource? HeldOut);

/// <summary>Opens data sets by what lies at a path.</summary>
public static class ImageSources
{
    private static readonly string[] TrainNames = ["train", "training"], HeldOutNames = ["t10k", "test", "validation", "valid", "val"];

    /// <summary>
    /// Opens a folder of idx files (train-images..., t10k-images...), of Parquet files (train-..., test-...), of pictures, or with the
    /// sub-folders train and test of pictures; or a single idx or Parquet file.
    /// </summary>
    /// <exception cref="InvalidDataException">Nothing known lies there: the message says what was looked for.</exception>
    public static ImageSplits Open(string path)
    {
        if (File.Exists(path)) return OpenFile(path);
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"{path} is neither a folder nor a file.");
        return OpenFiles(path, IsIdxImages, files => Idx(files[0]))
            ?? OpenFiles(path, IsParquet, files => new ParquetImages(files))
            ?? OpenFolders(path);
    }

    private static ImageSplits OpenFile(string path) =>
        IsParquet(path) ? new(new ParquetImages(path), null)
        : IsIdxImages(path) ? new(Idx(path), null)
        : throw new InvalidDataException($"{path} is no data set: give a folder of pictures, an idx3-ubyte file or a .parquet file.");

    private static ImageSplits? OpenFiles(string folder, Func<string, bool> wanted, Func<IReadOnlyList<string>, IImageSource> open)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Where(wanted).Order(StringComparer.Ordinal)];
        if (files.Length == 0 && Directory.Exists(Path.Combine(folder, "data")))
            files = [.. Directory.EnumerateFiles(Path.Combine(folder, "data")).Where(wanted).Order(StringComparer.Ordinal)];
        if (files.Length == 0) return null;
        string[] heldOut = [.. files.Where(file => StartsWith(file, HeldOutNames))], train = [.. files.Where(file => StartsWith(file, TrainNames))];
        return train.Length == 0 || heldOut.Length == 0 ? new(open([.. files.Except(heldOut).DefaultIfEmpty(files[0])]), null) : new(open(train), open(heldOut));
    }

    private static ImageSplits OpenFolders(string folder)
    {
        string? Sub(string[] names) => names.Select(name => Path.Combine(folder, name)).FirstOrDefault(Directory.Exists);
        return Sub(TrainNames) is { } train && Sub(HeldOutNames) is { } heldOut
            ? new(new ImageFolder(train), new ImageFolder(heldOut))
            : new(new ImageFolder(folder), null);
    }

    private static IdxImages Idx(string images)
    {
        string labels = Path.Combine(Path.GetDirectoryName(images) ?? "",
            Path.GetFileName(images).Replace("images", "labels", StringComparison.Ordinal).Replace("idx3", "idx1", StringComparison.Ordinal));
        return new(images, File.Exists(labels) && labels != images ? labels : null);
    }

    private static bool IsParquet(string file) => file.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    private static bool IsIdxImages(string file)
    {
        string name = Path.GetFileName(file);
        return name.Contains("idx3-ubyte", StringComparison.Ordinal);
    }

    private static bool StartsWith(string file, string[] names) =>
        names.Any(name => Path.GetFileName(file).StartsWith(name, StringComparison.OrdinalIgnoreCase));
}
