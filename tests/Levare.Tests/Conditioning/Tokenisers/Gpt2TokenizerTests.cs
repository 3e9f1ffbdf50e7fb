using System.Text.Json.Nodes;
using Levare.Conditioning.Tokenisers;
using Xunit;

namespace Levare.Tests.Conditioning.Tokenisers;

/// <summary>GPT-2's tokeniser on a vocabulary of bytes and one pair.</summary>
public sealed class Gpt2TokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("vocab.json", "merges.txt")]
    [InlineData("encoder.json", "vocab.bpe")]
    public void Any_text_has_numbers_and_comes_back(string vocabulary, string pairs)
    {
        Gpt2Tokenizer tokenizer = Tokenizer(vocabulary, pairs);
        foreach (string text in new[] { "", "plain words", "  two   blanks ", "\u00e9\u732b\U0001f600", "it's\n\n x", "a<|endoftext|>b" })
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void A_pair_joins_within_a_word_and_with_the_blank_before_it()
    {
        Gpt2Tokenizer tokenizer = Tokenizer("vocab.json", "merges.txt");
        int pair = tokenizer.EndNumber - 1;
        Assert.Equal(pair, Assert.Single(tokenizer.Encode(" a")));
        // Of two blanks the last belongs to the word; a blank before a blank joins nothing.
        Assert.Equal(pair, tokenizer.Encode("  a")[^1]);
        Assert.DoesNotContain(pair, tokenizer.Encode("x\ta"));
    }

    [Fact]
    public void The_end_is_one_number() => Assert.Equal(Tokenizer("vocab.json", "merges.txt").EndNumber, Assert.Single(Tokenizer("vocab.json", "merges.txt").Encode("<|endoftext|>")));

    public void Dispose() => _folder.Dispose();

    private Gpt2Tokenizer Tokenizer(string vocabulary, string pairs)
    {
        JsonObject pieces = [];
        foreach (char letter in ByteLetters.All) pieces[letter.ToString()] = pieces.Count;
        pieces["\u0120a"] = pieces.Count;
        pieces["<|endoftext|>"] = pieces.Count;
        File.WriteAllText(Path.Combine(_folder.Path, vocabulary), pieces.ToJsonString());
        File.WriteAllText(Path.Combine(_folder.Path, pairs), "#version: 0.2\n\u0120 a\n");
        return Gpt2Tokenizer.Load(_folder.Path);
    }
}
