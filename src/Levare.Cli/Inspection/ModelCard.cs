namespace Levare.Cli.Inspection;

/// <summary>A model's README.md: YAML between lines of three hyphens, then text.</summary>
/// <param name="Licence">What the YAML says of the licence, or null.</param>
/// <param name="Opening">The title and the first paragraph.</param>
internal sealed record ModelCard(string? Licence, string Opening)
{
    private const string Fence = "---", LicenceKey = "license:";

    /// <summary>Reads a folder's card, or null where there is none.</summary>
    public static ModelCard? Read(string folder)
    {
        string path = Path.Combine(folder, "README.md");
        return File.Exists(path) ? Parse(File.ReadAllLines(path)) : null;
    }

    private static ModelCard Parse(string[] lines)
    {
        int end = lines is [Fence, ..] ? Array.IndexOf(lines, Fence, 1) : -1;
        string? licence = lines.Take(Math.Max(0, end)).FirstOrDefault(line => line.StartsWith(LicenceKey, StringComparison.Ordinal))?[LicenceKey.Length..].Trim();
        string[] body = [.. lines.Skip(end + 1).SkipWhile(string.IsNullOrWhiteSpace)];
        // The title stands alone: one paragraph more belongs to the opening.
        int paragraphs = body is [['#', ..], ..] ? 2 : 1;
        List<string> opening = [];
        foreach (string line in body)
        {
            if (string.IsNullOrWhiteSpace(line) && opening is [.., not ""] && --paragraphs == 0) break;
            opening.Add(line.Trim());
        }
        return new(licence, string.Join(Environment.NewLine, opening).Trim());
    }
}
