using Levare.Verification;
using Xunit;

namespace Levare.Tests.Conditioning.Tokenisers;

/// <summary>Tokenisers on texts of all scripts, against the Python packages.</summary>
public sealed class TokenizerGoldenTests
{
    [Theory(SkipTestWithoutData = true)]
    [InlineData("clip")]
    [InlineData("t5")]
    [InlineData("gpt2")]
    public void Texts_get_the_numbers_of_the_Python_packages(string name)
    {
        using GoldenCase golden = Golden.Open($"tokenizers/{name}");
        string vocabulary = Path.Combine(golden.Folder, "..", "..", "..", "data", name);
        Assert.SkipUnless(Directory.Exists(vocabulary), $"{vocabulary} is not there");
        Golden.Check(new TokenizerVerifier().Verify(golden));
    }
}
