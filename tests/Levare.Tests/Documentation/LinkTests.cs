using System.Text.RegularExpressions;
using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Documentation;

public sealed partial class LinkTests
{
    private static readonly string Root = Path.GetDirectoryName(RepositoryFolder.Find("docs"))!;

    public static TheoryData<string> Pages() =>
        [.. Directory.EnumerateFiles(Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md")).Select(path => Path.GetRelativePath(Root, path))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_to_a_file_leads_somewhere(string page)
    {
        string path = Path.Combine(Root, page);
        foreach (Match link in Link().Matches(File.ReadAllText(path)))
        {
            string target = link.Groups[1].Value.Split('#')[0];
            if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)) continue;
            string file = Path.Combine(Path.GetDirectoryName(path)!, target);
            Assert.True(File.Exists(file) || Directory.Exists(file), $"{page}: {target}");
        }
    }

    [Fact]
    public void The_first_lines_of_code_in_the_readme_are_the_two_commands()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Root, "README.md"));
        int fence = Array.FindIndex(lines, line => line.StartsWith("```", StringComparison.Ordinal));
        Assert.Equal(["./levare generate \"a red apple\"", "dotnet test"], lines[(fence + 1)..(fence + 3)]);
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
