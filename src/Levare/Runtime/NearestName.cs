namespace Levare.Runtime;

/// <summary>Finds what someone probably meant by a name that does not exist.</summary>
public static class NearestName
{
    private const int LeftOut = 1, Superfluous = 3, Wrong = 4;

    /// <summary>The known name closest to the given one by edit distance, or null when none is near.</summary>
    /// <param name="name">What was written; case does not matter.</param>
    /// <param name="known">The names that exist. Of equally near ones the first wins.</param>
    public static string? Find(string name, IEnumerable<string> known)
    {
        string wanted = name.ToLowerInvariant();
        (string Name, int Distance)? best = null;
        foreach (string candidate in known)
        {
            int distance = Distance(wanted, candidate.ToLowerInvariant());
            if (distance <= Math.Max(Wrong, candidate.Length) && (best is null || distance < best.Value.Distance))
                best = (candidate, distance);
        }
        return best?.Name;
    }

    /// <summary>A sentence's end: ": did you mean X?", or the list of what exists when nothing is near.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known) =>
        Find(name, known) is { } near ? $": did you mean {near}?" : $"; there are: {string.Join(", ", known)}.";

    // Levenshtein's distance, where what was left out (dpmm for dpm++2m) weighs less than what is wrong.
    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1).Select(j => LeftOut * j)];
        for (int i = 1; i <= from.Length; i++)
        {
            int corner = row[0];
            row[0] = Superfluous * i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = corner + (from[i - 1] == to[j - 1] ? 0 : Wrong);
                corner = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j] + Superfluous, row[j - 1] + LeftOut));
            }
        }
        return row[^1];
    }
}
