using Levare.Conditioning;
using Xunit;

namespace Levare.Tests.Conditioning;

public sealed class WordTokenizerTests
{
    private static readonly WordTokenizer Tokenizer = new(
        ["a", "cat", "strawberry", "automobile", "umbrella"], new Dictionary<string, string>(StringComparer.Ordinal) { ["car"] = "automobile", ["oldtimer"] = "a automobile" }, length: 4);

    [Theory]
    [InlineData("A cat!", new long[] { 1, 2, 0, 0 })]
    [InlineData("cats", new long[] { 2, 0, 0, 0 })]
    [InlineData("strawberries", new long[] { 3, 0, 0, 0 })]
    [InlineData("car", new long[] { 4, 0, 0, 0 })]
    [InlineData("cars", new long[] { 4, 0, 0, 0 })]
    [InlineData("oldtimer cat", new long[] { 1, 4, 2, 0 })]
    [InlineData("umbrela", new long[] { 5, 0, 0, 0 })]
    [InlineData("xylophone cat", new long[] { 2, 0, 0, 0 })]
    [InlineData("cat cat cat cat cat", new long[] { 2, 2, 2, 2 })]
    [InlineData("", new long[] { 0, 0, 0, 0 })]
    public void Words_become_their_own_number_or_that_of_a_synonym_a_singular_or_the_nearest_spelling(string text, long[] numbers) =>
        Assert.Equal(numbers, Tokenizer.Encode(text));

    [Fact]
    public void Words_that_nothing_stands_for_are_told() => Assert.Equal(["xylophone"], Tokenizer.Unknown("a xylophone car"));

    [Fact]
    public void A_saved_tokeniser_reads_back_as_it_was()
    {
        string path = Path.Combine(Path.GetTempPath(), $"levare-words-{Guid.NewGuid():N}.json");
        try
        {
            Tokenizer.Save(path);
            WordTokenizer read = WordTokenizer.Load(path);
            Assert.Equal((Tokenizer.Count, Tokenizer.Length), (read.Count, read.Length));
            Assert.Equal(Tokenizer.Encode("an oldtimer, cats"), read.Encode("an oldtimer, cats"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"length\": 0, \"words\": [], \"synonyms\": {}}")]
    [InlineData("{\"length\": 4, \"words\": [\"a\", \"a\"], \"synonyms\": {}}")]
    [InlineData("{}")]
    public void A_broken_vocabulary_is_refused_by_name(string content)
    {
        string path = Path.Combine(Path.GetTempPath(), $"levare-words-{Guid.NewGuid():N}.json");
        try
        {
            File.WriteAllText(path, content);
            Assert.Contains(path, Assert.Throws<InvalidDataException>(() => WordTokenizer.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
