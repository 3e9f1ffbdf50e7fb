using Levare.Conditioning.Prompts;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Conditioning.Prompts;

/// <summary>Weights in brackets, as A1111's users type them.</summary>
public sealed class BracketSyntaxTests
{
    [Fact]
    public void All_prompts_of_the_table_are_read_as_it_says()
    {
        using GoldenCase golden = Golden.Open("tokenizers/weights_a1111");
        Golden.Check(new PromptSyntaxVerifier().Verify(golden));
    }

    [Theory]
    [InlineData("(a:1.2.3)", "a:1.2.3@1.1")] // no number
    [InlineData("[a:1.3]", "a:1.3@0.909")] // only round brackets take one
    [InlineData("a:1.3)", "a:1.3)@1")]
    [InlineData("(a[b)c]", "a@1.1|b@1|c@0.909")] // brackets of two kinds may cross
    [InlineData("(a)(b)", "ab@1.1")]
    [InlineData("a\\b", "a\\b@1")]
    [InlineData("ends\\", "ends\\@1")]
    public void Unusual_brackets_mean_something_too(string prompt, string expected) => Assert.Equal(expected, Spell(BracketSyntax.Parse(prompt)));

    [Theory]
    [InlineData("a BREAK b BREAK", "a@1 / b@1 / ")]
    [InlineData("(a BREAK b:1.5)", "a@1.5 / b@1.5")]
    [InlineData("BREAK a", " / a@1")]
    public void A_break_begins_a_section(string prompt, string expected) => Assert.Equal(expected, Spell(BracketSyntax.Parse(prompt)));

    [Fact]
    public void A_hundred_thousand_open_brackets_are_read() => Assert.Empty(BracketSyntax.Parse(new('(', 100_000)).Sections[0]);

    private static string Spell(WeightedText text) =>
        string.Join(" / ", text.Sections.Select(section => string.Join('|', section.Select(part => FormattableString.Invariant($"{part.Text}@{part.Weight:0.###}")))));
}
