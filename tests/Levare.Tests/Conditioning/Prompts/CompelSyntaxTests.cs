using Levare.Conditioning.Prompts;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Conditioning.Prompts;

/// <summary>Weights behind words, mixes and prompts side by side, as compel reads them.</summary>
public sealed class CompelSyntaxTests
{
    [Fact]
    public void All_prompts_of_the_table_are_read_as_it_says()
    {
        using GoldenCase golden = Golden.Open("tokenizers/weights_compel");
        Golden.Check(new PromptSyntaxVerifier().Verify(golden));
    }

    [Theory]
    [InlineData("hot-dog -5 +test", "hot-dog -5 +test@1")] // signs before and within words are letters
    [InlineData("fire flames.attend(0.5)", "fire@1|flames@0.5")]
    [InlineData("\"fire flames\".attend(++)", "fire flames@1.21")]
    [InlineData("a badly (formed +test )prompt", "a badly formed +test prompt@1")]
    [InlineData("(((a badly (formed)+ prompt", "(((a badly@1|formed@1.1|prompt@1")]
    [InlineData("fire, flames , fire", "fire, flames , fire@1")]
    [InlineData("(pretty flowers)+, hot", "pretty flowers@1.1|, hot@1")]
    [InlineData("fire (flames (trees)1.5)2.0", "fire@1|flames@2|trees@3")]
    [InlineData("(cat) + dog", "cat + dog@1")] // a weight stands right behind its words
    public void Words_and_brackets_are_weighed(string prompt, string expected) => Assert.Equal(expected, Spell(CompelSyntax.Parse(prompt)));

    [Theory]
    [InlineData("(\"mountain, man\", \"eyes--\").blend(1, -1, no_normalize)", "1*mountain , man@1 + -1*eyes@0.81")]
    [InlineData("(mountain, (tall man)).blend(1, 3)", "0.25*mountain@1 + 0.75*tall man@1")]
    [InlineData("(\"fire\", \"\").blend()", "0.5*fire@1 + 0.5*@1")]
    public void Blends_have_shares(string prompt, string expected) => Assert.Equal(expected, Spell(CompelSyntax.Parse(prompt)));

    [Fact]
    public void Prompts_side_by_side_have_weights() =>
        Assert.Equal([("fire@1", 2), ("hot flames@1", 1)], CompelSyntax.Parse("(\"fire\", \"hot flames\").and(2, 1)").Mixes.Select(mix => (Spell(mix), mix.Weight)));

    [Theory]
    [InlineData("(\"a\", \"b\").blend(1)", "2 texts and 1 weights")]
    [InlineData("(\"a\", \"b\").and(1, x)", "'x'")]
    [InlineData("(\"a\", \"b\").blend(1, -1)", "add up to 0")]
    [InlineData("a cat.swap(dog)", ".swap")]
    [InlineData("a cat withLora(x, 1)", "withLora")]
    public void What_cannot_be_meant_is_an_error(string prompt, string named) =>
        Assert.Contains(named, Assert.Throws<ArgumentException>(() => CompelSyntax.Parse(prompt)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nesting_without_end_is_text()
    {
        string brackets = new('(', 5_000);
        Assert.Equal($"{brackets}a@1", Spell(CompelSyntax.Parse(brackets + "a")));
    }

    private static string Spell(ParsedPrompt prompt) => string.Join(" & ", prompt.Mixes.Select(Spell));

    private static string Spell(PromptMix mix) => string.Join(" + ", mix.Texts.Select(text => (text.Share == 1 && mix.Texts.Length == 1 ? "" : FormattableString.Invariant($"{text.Share}*"))
        + string.Join('|', text.Text.Sections[0].Select(part => FormattableString.Invariant($"{part.Text}@{part.Weight:0.###}")))));
}
