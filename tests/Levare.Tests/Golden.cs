using Levare.Verification;
using Xunit;

namespace Levare.Tests;

/// <summary>The golden cases: those in the box, and the whole set where it lies beside the checkout.</summary>
internal static class Golden
{
    /// <summary>The folder ../shared/golden beside the checkout (or what LEVARE_GOLDEN names), else the part in the box, or null.</summary>
    public static string? Folder { get; } = FindFolder();

    /// <summary>The names of the cases of an area, for theories; empty when the folder is missing.</summary>
    public static TheoryData<string> Cases(string area)
    {
        TheoryData<string> names = [];
        if (Folder is null || !Directory.Exists(Path.Combine(Folder, area))) return names;
        foreach (string folder in GoldenCase.Find(Path.Combine(Folder, area))) names.Add(Path.GetRelativePath(Folder, folder));
        return names;
    }

    /// <summary>Opens a case by name; the test is skipped, by name, when it is nowhere.</summary>
    public static GoldenCase Open(string name)
    {
        string? path = Folder is null ? null : Path.Combine(Folder, name);
        Assert.SkipWhen(!Directory.Exists(path), $"golden case {name}: the folder shared/golden is not beside this checkout, and the box has no such case");
        return GoldenCase.Open(path!);
    }

    /// <summary>Fails at the first comparison that does not pass.</summary>
    public static void Check(IReadOnlyList<Comparison> comparisons)
    {
        Assert.NotEmpty(comparisons);
        foreach (Comparison comparison in comparisons)
            Assert.True(comparison.Passed, $"{comparison.What}: error {comparison.Error:g3}, tolerance {comparison.Tolerance:g3}");
    }

    private static string? FindFolder()
    {
        if (Environment.GetEnvironmentVariable("LEVARE_GOLDEN") is { Length: > 0 } named && Directory.Exists(named)) return named;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Levare.slnx")))
            {
                string golden = Path.Combine(folder.FullName, "..", "shared", "golden");
                return Directory.Exists(golden) ? Path.GetFullPath(golden) : Unpacked(Path.Combine(folder.FullName, "tests", "golden"));
            }
        return null;
    }

    // A clone that stands alone has the part in the box.
    private static string? Unpacked(string box)
    {
        if (!Directory.Exists(box)) return null;
        string target = Path.Combine(AppContext.BaseDirectory, "golden");
        GoldenArchive.Unpack(box, target);
        return target;
    }
}
