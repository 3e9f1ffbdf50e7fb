using System.Text.Json;
using Levare.Verification;
using Levare.Weights;
using Xunit;

namespace Levare.Tests.Weights.SingleFile;

/// <summary>The golden cases whose weights are in a single file.</summary>
internal static class SingleFileGolden
{
    /// <summary>Names of the cases with whole models.</summary>
    public static TheoryData<string> Models()
    {
        TheoryData<string> names = [];
        foreach (string name in Golden.Cases("sd").Select(row => row.Data))
            if (name.Contains("_single", StringComparison.Ordinal))
            {
                using GoldenCase golden = Golden.Open(name);
                if (File(golden) is not null && golden.Json.GetProperty("kind").GetString() == "pipeline") names.Add(name);
            }
        return names;
    }

    /// <summary>The single file of a case, or null.</summary>
    public static string? File(GoldenCase golden)
    {
        string? name = golden.Json.TryGetProperty("file", out JsonElement file) ? file.GetString()
            : golden.Json.TryGetProperty("files", out JsonElement files) ? files.EnumerateObject().First().Name : null;
        return name is null ? null : Path.Combine(golden.Folder, name);
    }

    /// <summary>The folder with the case's configurations.</summary>
    public static string Configuration(GoldenCase golden) => Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!);

    /// <summary>Opens the model of a case with the case's configurations.</summary>
    public static SingleFileModel Open(GoldenCase golden) => SingleFileModel.Open(File(golden)!, Configuration(golden));
}
