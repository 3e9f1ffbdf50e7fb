using System.Security.Cryptography;
using System.Text;

namespace Levare.Pipelines;

/// <summary>Tells models apart without reading gigabytes.</summary>
public static class ModelFingerprint
{
    private const int Sampled = 1 << 16;
    private static readonly string[] Endings = [".json", ".safetensors", ".bin", ".ckpt", ".gguf", ".pt", ".pth"];

    /// <summary>
    /// SHA-256, hexadecimal, over the names and lengths of a folder's JSON files and weights (or of the one file) and over the first and last 64 KB of each:
    /// weights that training has touched differ there.
    /// </summary>
    public static string Of(string path)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        (string folder, IEnumerable<string> files) = File.Exists(path) ? (Path.GetDirectoryName(Path.GetFullPath(path))!, [Path.GetFileName(path)]) : (path, Below(path));
        byte[] buffer = new byte[Sampled];
        foreach (string file in files)
        {
            using FileStream stream = File.OpenRead(Path.Combine(folder, file));
            hash.AppendData(Encoding.UTF8.GetBytes($"{file}\0{stream.Length}\0"));
            hash.AppendData(buffer.AsSpan(0, stream.ReadAtLeast(buffer, Sampled, throwOnEndOfStream: false)));
            stream.Seek(-Math.Min(Sampled, stream.Length), SeekOrigin.End);
            hash.AppendData(buffer.AsSpan(0, stream.ReadAtLeast(buffer, Sampled, throwOnEndOfStream: false)));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IEnumerable<string> Below(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => Endings.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
        .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
        .Order(StringComparer.Ordinal);
}
