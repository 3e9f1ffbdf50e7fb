using Levare.Conditioning.T5;
using Xunit;

namespace Levare.Tests.Conditioning.T5;

/// <summary>T5's tokeniser on a vocabulary of some pieces.</summary>
public sealed class T5TokenizerTests : IDisposable
{
    private const int Padding = 0, End = 1, Unknown = 2, Blank = 3, A = 4, Cat = 5, Ca = 6, T = 7, Is = 8;
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_most_probable_pieces_are_chosen()
    {
        Assert.Equal([Cat, End], Tokenizer(cat: -3).Encode("cat"));
        Assert.Equal([Blank, Ca, T, End], Tokenizer(cat: -9).Encode("cat"));
    }

    [Fact]
    public void Letters_that_no_piece_has_are_one_unknown_piece_in_a_row() =>
        Assert.Equal([Cat, Unknown, Cat, Blank, Unknown, End], Tokenizer().Encode("cat\u732b\u732b\u732b cat xyz"));

    [Fact]
    public void Blanks_at_the_ends_and_in_a_row_do_not_count() => Assert.Equal([Cat, Cat, End], Tokenizer().Encode("  cat   cat "));

    [Fact]
    public void A_text_that_is_always_one_piece_is_one() => Assert.Equal([Cat, Is, A, End], Tokenizer().Encode("cat[is]a"));

    [Fact]
    public void Special_tokens_and_sentinels_that_a_text_spells_out_are_themselves()
    {
        T5Tokenizer tokenizer = Tokenizer();
        Assert.Equal([Cat, tokenizer.Count - 1, Padding, End, End], tokenizer.Encode("cat<extra_id_0><pad></s>"));
        Assert.Equal("<extra_id_0>", Assert.Single(tokenizer.Spell([tokenizer.Count - 1])));
    }

    [Fact]
    public void Texts_are_cut_before_the_end_or_padded()
    {
        Assert.Equal([Cat, Cat, End], Tokenizer().EncodePadded("cat cat cat cat", 3));
        Assert.Equal([Cat, End, Padding], Tokenizer().EncodePadded("cat", 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tokenizer().EncodePadded("cat", 0));
    }

    [Fact]
    public void A_model_of_another_kind_is_refused()
    {
        Write([.. TinySentencePiece.Message(2, TinySentencePiece.Number(3, 2))]);
        Assert.Contains("unigram", Assert.Throws<InvalidDataException>(() => T5Tokenizer.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_change_of_a_file_does_worse_than_an_error_that_names_it()
    {
        Write([]);
        string path = Path.Combine(_folder.Path, "spiece.model");
        byte[] sound = File.ReadAllBytes(path);
        Random random = new(5);
        for (int i = 0; i < 500; i++)
        {
            // Half the files are whole but for some bytes, half are cut off as well.
            byte[] broken = [.. sound[..(i % 2 == 0 ? sound.Length : random.Next(1, sound.Length))]];
            for (int k = random.Next(1, 4); k > 0; k--) broken[random.Next(broken.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(path, broken);
            try
            {
                T5Tokenizer.Load(path).Encode("a cat [is] \u732b b\u00e9");
            }
            catch (InvalidDataException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private T5Tokenizer Tokenizer(float cat = -3)
    {
        Write([], cat);
        return T5Tokenizer.Load(_folder.Path);
    }

    private void Write(byte[] more, float cat = -3) => File.WriteAllBytes(Path.Combine(_folder.Path, "spiece.model"),
    [
        .. TinySentencePiece.Pieces(
            ("<pad>", 0, 3), ("</s>", 0, 3), ("<unk>", 0, 2), ("\u2581", -2, 1), ("a", -4, 1), ("\u2581cat", cat, 1), ("ca", -2, 1), ("t", -4, 1), ("[is]", 0, 4)),
        .. more,
        // A table of replacements: a trie of one unit, and no texts.
        .. TinySentencePiece.Message(3, [.. TinySentencePiece.Message(2, [4, 0, 0, 0, 0, 0, 0, 0, 0])]),
    ]);
}
