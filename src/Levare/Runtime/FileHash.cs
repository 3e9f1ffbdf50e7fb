using System.Security.Cryptography;

namespace Levare.Runtime;

/// <summary>What tells a file from all others, whatever it is called.</summary>
internal static class FileHash
{
    /// <summary>The SHA-256 of a file's bytes, as 64 lower-case hexadecimal digits.</summary>
    public static string Of(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
