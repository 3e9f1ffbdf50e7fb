using System.IO.Compression;

namespace Levare.Verification;

/// <summary>Golden cases packed into zip files, for places that have no folder of them.</summary>
public static class GoldenArchive
{
    private const long LargestUnpacked = 256L << 20;

    /// <summary>Unpacks the zip files of a folder into another, once: what is there already stays.</summary>
    /// <param name="folder">Holds *.zip, whose entries are AREA/NAME/FILE.</param>
    /// <param name="target">Gets one folder for each case; made when it is missing.</param>
    /// <exception cref="InvalidDataException">An archive is too large or reaches outside the target.</exception>
    public static void Unpack(string folder, string target)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.zip"))
        {
            string mark = Path.Combine(target, Path.GetFileName(path) + ".unpacked");
            if (File.Exists(mark) && File.GetLastWriteTimeUtc(mark) >= File.GetLastWriteTimeUtc(path)) continue;
            using ZipArchive archive = ZipFile.OpenRead(path);
            if (archive.Entries.Sum(entry => entry.Length) > LargestUnpacked)
                throw new InvalidDataException($"{path} unpacks to more than {LargestUnpacked >> 20} MiB.");
            Directory.CreateDirectory(target);
            archive.ExtractToDirectory(target, overwriteFiles: true);
            File.WriteAllText(mark, "");
        }
    }
}
