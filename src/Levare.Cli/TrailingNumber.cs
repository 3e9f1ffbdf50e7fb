using System.Globalization;

namespace Levare.Cli;

/// <summary>Names with numbers behind colons, as options take them: FILE:0.8.</summary>
internal static class TrailingNumber
{
    /// <summary>Takes the last number off a text. Colons within a name do no harm unless what follows them is a number.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="name">What stands before the number; all of it where there is none.</param>
    /// <param name="number">The number.</param>
    /// <returns>Whether there is one.</returns>
    public static bool Cut(string text, out string name, out double number)
    {
        int colon = text.LastIndexOf(':');
        number = 0;
        bool isThere = colon > 0 && double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        name = isThere ? text[..colon] : text;
        return isThere;
    }

    /// <summary>A number as it is read again.</summary>
    public static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
