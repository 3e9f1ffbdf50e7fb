using System.Text.RegularExpressions;

namespace Levare.Hub;

/// <summary>A model on the hub: OWNER/NAME, and the revision of it that is meant.</summary>
public sealed partial record HubReference
{
    /// <summary>The branch that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    private const int LongestId = 96;

    private HubReference(string id, string? revision) => (Id, Revision, HasRevision) = (id, revision ?? DefaultRevision, revision is not null);

    /// <summary>OWNER/NAME, or NAME alone for the few models without an owner.</summary>
    public string Id { get; }

    /// <summary>A branch, a tag or a commit.</summary>
    public string Revision { get; }

    /// <summary>Whether the revision was named.</summary>
    public bool HasRevision { get; }

    /// <summary>The name of its folder in the cache.</summary>
    public string FolderName => $"models--{Id.Replace("/", "--", StringComparison.Ordinal)}";

    /// <summary>Whether a text has the form OWNER/NAME[@revision], and so may be a model on the hub.</summary>
    public static bool LooksLike(string text) => text.Contains('/', StringComparison.Ordinal) && Problem(text) is null;

    /// <summary>The same model at another revision.</summary>
    public HubReference At(string revision) => new(Id, revision);

    /// <summary>Reads OWNER/NAME[@revision].</summary>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static HubReference Parse(string text)
    {
        if (Problem(text) is { } problem) throw new FormatException($"'{text}' names no model of the hub: {problem}");
        string[] halves = text.Split('@', 2);
        return new(halves[0], halves.Length == 2 ? halves[1] : null);
    }

    /// <summary>The model whose folder in the cache has a name; null where it is none.</summary>
    public static HubReference? OfFolder(string folderName)
    {
        const string Kind = "models--";
        if (!folderName.StartsWith(Kind, StringComparison.Ordinal)) return null;
        string id = folderName[Kind.Length..].Replace("--", "/", StringComparison.Ordinal);
        return Problem(id) is null ? new(id, null) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => HasRevision ? $"{Id}@{Revision}" : Id;

    private static string? Problem(string text)
    {
        string[] halves = text.Split('@', 2);
        string id = halves[0];
        if (!IdPattern().IsMatch(id) || id.Contains("--", StringComparison.Ordinal) || id.Contains("..", StringComparison.Ordinal) || id.Length > LongestId
            || id.EndsWith(".git", StringComparison.Ordinal))
            return "OWNER/NAME is needed, of letters, digits, '-', '_' and '.'.";
        return halves.Length == 1 || (RevisionPattern().IsMatch(halves[1]) && HubPath.Problem(halves[1]) is null) ? null
            : $"'{halves[1]}' is no branch, tag or commit.";
    }

    [GeneratedRegex(@"^[A-Za-z0-9_]([\w.-]*[A-Za-z0-9_])?(/[A-Za-z0-9_]([\w.-]*[A-Za-z0-9_])?)?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.ECMAScript)]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"^[\w./+-]{1,200}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RevisionPattern();
}
