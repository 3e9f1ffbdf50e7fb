using System.Globalization;

namespace Levare.Runtime;

/// <summary>An amount of memory, as people write it: 12GiB, 800MB, 1.5G.</summary>
/// <param name="Bytes">0 or more.</param>
public readonly record struct MemorySize(long Bytes)
{
    private static readonly (string Name, double Bytes)[] Units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12),
        ("K", 1L << 10), ("M", 1L << 20), ("G", 1L << 30), ("T", 1L << 40), ("B", 1),
    ];

    /// <summary>Reads a number and a unit: KiB, MiB, GiB, TiB and K, M, G, T are powers of 1024, KB, MB, GB, TB of 1000; without one, bytes. Case does not matter.</summary>
    /// <exception cref="FormatException">It is no such text, or the amount is not above zero.</exception>
    public static MemorySize Parse(string text)
    {
        string written = text.Trim();
        (string name, double unit) = Units.FirstOrDefault(unit => written.EndsWith(unit.Name, StringComparison.OrdinalIgnoreCase), ("", 1));
        bool isNumber = double.TryParse(written.AsSpan(0, written.Length - name.Length).TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
        double bytes = Math.Floor(number * unit);
        return isNumber && bytes is >= 1 and < long.MaxValue ? new((long)bytes) : throw new FormatException($"'{text}' is no amount of memory: a number above zero and a unit, 12GiB or 800MB say.");
    }

    /// <summary>The amount in the largest binary unit that it fills, with a decimal, rounded up: 11.4 GiB.</summary>
    public override string ToString()
    {
        double bytes = Bytes;
        (string name, double unit) = Units.Take(4).Reverse().FirstOrDefault(unit => bytes >= unit.Bytes, ("bytes", 1));
        return string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / unit * 10) / 10} {name}");
    }
}
