using System.Security.Cryptography;
using System.Text;

namespace Levare.Data;

/// <summary>Names the content of files by their paths, sizes and times of change, without reading them.</summary>
internal static class SourceFingerprint
{
    public static string Of(IEnumerable<string> files)
    {
        StringBuilder text = new();
        foreach (string file in files)
        {
            FileInfo info = new(file);
            text.Append(info.FullName).Append('|').Append(info.Exists ? info.Length : -1).Append('|').Append(info.LastWriteTimeUtc.Ticks).Append('\n');
        }
        return OfText(text.ToString());
    }

    public static string OfText(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
