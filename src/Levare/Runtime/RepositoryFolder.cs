namespace Levare.Runtime;

/// <summary>Finds what lies beside the program, or beside the checkout that it was built in.</summary>
public static class RepositoryFolder
{
    /// <summary>The nearest folder of a relative path below the program's folder or one above it; null when there is none.</summary>
    public static string? Find(string relative)
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string folder = Path.Combine(at.FullName, relative);
            if (Directory.Exists(folder)) return folder;
        }
        return null;
    }
}
