using Levare.Conditioning.Clip;
using Xunit;

namespace Levare.Tests.Conditioning.Clip;

/// <summary>CLIP's tokeniser on a vocabulary of single letters and a few pairs.</summary>
public sealed class ClipTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_text_stands_between_start_and_end_and_is_padded()
    {
        ClipTokenizer tokenizer = Tokenizer();
        ClipTokens tokens = tokenizer.EncodePadded("cat");
        Assert.False(tokens.IsTruncated);
        Assert.Equal([tokenizer.StartNumber, Piece("cat</w>"), tokenizer.EndNumber, tokenizer.EndNumber, tokenizer.EndNumber, tokenizer.EndNumber], tokens.Numbers);
    }

    [Fact]
    public void A_text_that_is_too_long_is_cut_before_the_end_and_what_was_cut_is_told()
    {
        ClipTokenizer tokenizer = Tokenizer();
        ClipTokens tokens = tokenizer.EncodePadded("1 2 3 4 cat cat");
        Assert.True(tokens.IsTruncated);
        Assert.Equal(6, tokens.Numbers.Length);
        Assert.Equal(tokenizer.EndNumber, tokens.Numbers[^1]);
        Assert.Equal("cat cat", tokenizer.Decode(tokens.Dropped));
    }

    [Fact]
    public void Pairs_join_in_the_order_of_the_list() =>
        // "ca" is an earlier pair than "at</w>", so the c takes the a.
        Assert.Equal([Piece("ca"), Piece("t</w>")], Tokenizer(pairs: ["c a", "a t</w>"]).Tokenize("cat"));

    [Fact]
    public void Case_white_space_and_composition_do_not_matter() =>
        Assert.Equal(Tokenizer().Tokenize("caf\u00e9 cat"), Tokenizer().Tokenize(" CAFE\u0301\u2003\t\nCat "));

    [Fact]
    public void Each_digit_and_each_run_of_signs_is_a_word() =>
        Assert.Equal([Piece("1</w>"), Piece("2</w>"), Piece("?"), Piece("!</w>"), Piece("a</w>")], Tokenizer().Tokenize("12?!a"));

    [Fact]
    public void Contractions_are_words() => Assert.Equal([Piece("a</w>"), Piece("'"), Piece("s</w>")], Tokenizer().Tokenize("a's"));

    [Fact]
    public void Special_tokens_that_a_text_spells_out_are_themselves() =>
        Assert.Equal([Piece("a</w>"), Tokenizer().EndNumber, Piece("b</w>")], Tokenizer().Tokenize("a<|endoftext|>b"));

    [Fact]
    public void A_padding_token_of_its_own_fills_up_and_is_found_in_texts()
    {
        ClipTokenizer tokenizer = Tokenizer(specials: """{"pad_token": "!"}""");
        Assert.Equal(0, tokenizer.PaddingNumber);
        Assert.Equal([tokenizer.StartNumber, Piece("a</w>"), 0, tokenizer.EndNumber, 0, 0], tokenizer.EncodePadded("a!").Numbers);
    }

    [Fact]
    public void More_tokens_leave_the_tokeniser_as_it_was()
    {
        ClipTokenizer tokenizer = Tokenizer();
        int next = tokenizer.Count;
        ClipTokenizer more = tokenizer.With("<My-Cat>", 2).With("<dog>");
        Assert.Equal(next + 3, more.Count);
        Assert.Equal([Piece("a</w>"), next, next + 1, next + 2], more.Tokenize("a <my-cat><DOG>"));
        Assert.DoesNotContain(next, tokenizer.Tokenize("a <my-cat>"));
        Assert.Throws<ArgumentException>(() => more.With("<Dog>"));
    }

    [Fact]
    public void A_tokenizer_json_says_the_same_as_the_older_files()
    {
        ClipTokenizer older = Tokenizer();
        string vocabulary = File.ReadAllText(Path.Combine(_folder.Path, "vocab.json"));
        File.WriteAllText(Path.Combine(_folder.Path, "tokenizer.json"), $$"""{"model": {"type": "BPE", "vocab": {{vocabulary}}, "merges": [["c", "at</w>"], "a t</w>"]}, "added_tokens": []}""");
        File.Delete(Path.Combine(_folder.Path, "vocab.json"));
        File.Delete(Path.Combine(_folder.Path, "merges.txt"));
        Assert.Equal(older.Encode("a cat 12"), ClipTokenizer.Load(_folder.Path).Encode("a cat 12"));
    }

    [Theory]
    [InlineData("vocab.json", "{\"a\": -1}", "vocab.json")]
    [InlineData("vocab.json", "[]", "vocab.json")]
    [InlineData("merges.txt", "a b c", "merges.txt")]
    [InlineData("merges.txt", "q zz", "zz")]
    [InlineData("special_tokens_map.json", "{\"eos_token\": \"<none>\"}", "<none>")]
    [InlineData("tokenizer_config.json", "{\"model_max_length\": 2}", "model_max_length")]
    public void A_file_that_is_not_sound_is_named(string file, string content, string named)
    {
        Tokenizer();
        File.WriteAllText(Path.Combine(_folder.Path, file), content);
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => ClipTokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_tokeniser_is_an_error() => Assert.Throws<FileNotFoundException>(() => ClipTokenizer.Load(_folder.Path));

    public void Dispose() => _folder.Dispose();

    private ClipTokenizer Tokenizer(string[]? pairs = null, string specials = "{}")
    {
        TinyClip.WriteTokenizer(_folder.Path, pairs ?? ["a t</w>", "c at</w>"], 6);
        File.WriteAllText(Path.Combine(_folder.Path, "special_tokens_map.json"), specials);
        return ClipTokenizer.Load(_folder.Path);
    }

    private static int Piece(string piece) => Array.IndexOf(TinyClip.Pieces, piece);
}
