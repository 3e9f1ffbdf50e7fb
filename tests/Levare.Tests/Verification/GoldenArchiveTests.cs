using Levare.Compatibility;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Verification;

public sealed class GoldenArchiveTests
{
    [Fact]
    public void The_box_holds_verifiable_cases_of_many_scheduler_classes()
    {
        string target = Path.Combine(Path.GetTempPath(), $"golden-{Guid.NewGuid():N}");
        try
        {
            GoldenArchive.Unpack(Box(), target);
            HashSet<string> classes = [];
            SchedulerVerifier verifier = new();
            foreach (string folder in GoldenCase.Find(Path.Combine(target, "schedulers")))
            {
                using GoldenCase golden = GoldenCase.Open(folder);
                if (classes.Add(golden.Json.GetProperty("scheduler_config").GetProperty("_class_name").GetString()!)) Golden.Check(verifier.Verify(golden));
            }
            Assert.True(classes.Count >= 25, $"{classes.Count} classes");
            Assert.Subset(DiffusersScheduler.Names.ToHashSet(), classes);
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    [Fact]
    public void What_is_unpacked_stays_until_the_archive_is_newer()
    {
        string target = Path.Combine(Path.GetTempPath(), $"golden-{Guid.NewGuid():N}");
        try
        {
            GoldenArchive.Unpack(Box(), target);
            string file = Path.Combine(GoldenCase.Find(target)[0], "case.json");
            File.WriteAllText(file, "touched");
            GoldenArchive.Unpack(Box(), target);
            Assert.Equal("touched", File.ReadAllText(file));
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    private static string Box()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Levare.slnx"))) return Path.Combine(folder.FullName, "tests", "golden");
        throw new InvalidOperationException("The tests run outside the checkout.");
    }
}
