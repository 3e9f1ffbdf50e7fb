using System.Globalization;

namespace Levare.Hub;

/// <summary>Numbers of bytes as people read them.</summary>
public static class ByteSize
{
    /// <summary>512 B, 1.5 MB, 2.13 GB; powers of 1000, as the hub counts.</summary>
    public static string Text(double bytes) => bytes switch
    {
        >= 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:f2} GB"),
        >= 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:f1} MB"),
        >= 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:f1} kB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes:f0} B"),
    };
}
