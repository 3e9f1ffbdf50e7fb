using Levare.Conditioning.Clip;
using Levare.Conditioning.Prompts;
using Levare.Tests.Conditioning.Clip;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Conditioning.Prompts;

/// <summary>Prompts as chunks with weights, on text encoders with random weights.</summary>
public sealed class PromptEncoderTests : IDisposable
{
    private const int Tokens = 77;
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TextEncoder _small;
    private readonly TextEncoder _large;

    public PromptEncoderTests()
    {
        _small = TinyTextEncoder.Make(_folder.Path);
        _large = TinyTextEncoder.Make(_folder.Path, width: 12, hasProjection: true, seed: 1);
    }

    [Fact]
    public void A_prompt_without_syntax_is_the_same_in_all_syntaxes()
    {
        Tensor plain = Encode("a red cat", PromptSyntax.Plain);
        Assert.Equal([1, Tokens, 8], plain.shape);
        Assert.Equal(plain.data<float>(), Encode("a red cat", PromptSyntax.Weighted).data<float>());
        Assert.Equal(plain.data<float>(), Encode("a red cat", PromptSyntax.Compel).data<float>());
    }

    [Fact]
    public void A_long_prompt_is_cut_in_the_plain_syntax_and_takes_chunks_in_the_others()
    {
        string prompt = string.Join(' ', Enumerable.Repeat("a", 76).Append("cat"));
        EncodedPrompts cut = Encoder().Encode([new(prompt)]);
        Assert.Equal(Tokens, cut.Text.shape[1]);
        Assert.Equal(["a cat"], cut.Dropped);
        EncodedPrompts whole = Encoder().Encode([new(prompt)], PromptSyntax.Weighted);
        Assert.Empty(whole.Dropped);
        Assert.Equal(2 * Tokens, whole.Text.shape[1]);
        Assert.Equal(cut.Text.data<float>(), whole.Text[.., ..Tokens].contiguous().data<float>());
        Assert.Equal(Encode("a cat").data<float>(), whole.Text[.., Tokens..].contiguous().data<float>());
    }

    [Fact]
    public void A_break_begins_a_chunk() =>
        Assert.Equal(cat([Encode("a"), Encode("cat")], 1).data<float>(), Encode("a BREAK cat").data<float>());

    [Fact]
    public void Rows_are_filled_up_to_the_longest_with_chunks_without_words()
    {
        Tensor rows = Encoder().Encode([new("a BREAK cat"), new("dog")], PromptSyntax.Weighted).Text;
        Assert.Equal([2, 2 * Tokens, 8], rows.shape);
        Assert.Equal(cat([Encode("dog"), Encode("")], 1).data<float>(), rows[1].contiguous().data<float>());
    }

    [Fact]
    public void A_row_does_not_depend_on_the_others()
    {
        Tensor rows = Encoder().Encode([new("cat"), new("a (dog:1.4)"), new("cat")], PromptSyntax.Weighted).Text;
        Assert.Equal(Encode("a (dog:1.4)").data<float>(), rows[1].contiguous().data<float>());
        Assert.Equal(rows[0].contiguous().data<float>(), rows[2].contiguous().data<float>());
    }

    [Fact]
    public void Weights_multiply_states_and_leave_their_mean()
    {
        Tensor plain = Encode("a cat"), weighed = Encode("a (cat:1.5)");
        Assert.Equal(plain.mean().item<float>(), weighed.mean().item<float>(), 1e-5);
        Tensor ratio = (weighed / plain).mean([2])[0];
        // Start, "a", "cat", end: all are scaled alike, and "cat" 1.5 times as much.
        Assert.Equal(1.5, (ratio[2] / ratio[1]).item<float>(), 1e-4);
        Assert.Equal(1, (ratio[3] / ratio[0]).item<float>(), 1e-4);
    }

    [Fact]
    public void Blends_are_weighted_sums_and_side_by_side_is_one_after_the_other()
    {
        Tensor expected = Encode("cat") * 0.25 + Encode("dog") * 0.75;
        Assert.InRange((Encode("(\"cat\", \"dog\").blend(1, 3)", PromptSyntax.Compel) - expected).abs().max().item<float>(), 0, 1e-6);
        Assert.Equal(cat([Encode("cat"), Encode("dog")], 1).data<float>(), Encode("(\"cat\", \"dog\").and()", PromptSyntax.Compel).data<float>());
        Tensor half = Encode("") + (Encode("dog") - Encode("")) * 0.5;
        Assert.InRange((Encode("(\"cat\", \"dog\").and(1, 0.5)", PromptSyntax.Compel)[.., Tokens..] - half).abs().max().item<float>(), 0, 1e-6);
    }

    [Fact]
    public void Skipped_layers_end_with_the_final_norm()
    {
        Tensor numbers = tensor(_small.Tokenizer.EncodePadded("cat").Numbers.Select(number => (long)number).ToArray()).unsqueeze(0);
        Tensor expected = _small.Model.Normalise(_small.Model.call(numbers).HiddenStates[1]);
        Assert.Equal(expected.data<float>(), Encoder().Encode([new("cat") { ClipSkip = 1 }]).Text.data<float>());
        Assert.Throws<ArgumentException>(() => Encoder().Encode([new("cat") { ClipSkip = 3 }]));
        Assert.Throws<ArgumentException>(() => Encoder().Encode([new("cat") { ClipSkip = -1 }]));
    }

    [Fact]
    public void Two_encoders_stand_side_by_side_and_the_first_chunk_of_the_last_is_the_whole()
    {
        EncodedPrompts pair = Pair().Encode([new("cat BREAK dog") { Second = "dog" }], PromptSyntax.Weighted);
        Assert.Equal([1, 2 * Tokens, 20], pair.Text.shape);
        EncodedPrompts dog = Pair().Encode([new("cat") { Second = "dog" }]);
        Assert.Equal(dog.Pooled!.data<float>(), pair.Pooled!.data<float>());
        Assert.Equal(dog.Text.data<float>(), pair.Text[.., ..Tokens].contiguous().data<float>());
        Assert.NotEqual(Pair().Encode([new("cat")]).Pooled!.data<float>(), dog.Pooled!.data<float>());
    }

    [Fact]
    public void A_model_that_reads_the_projected_text_needs_a_projection() =>
        Assert.Throws<ArgumentException>(() => new PromptEncoder(TextEncoderReading.Penultimate, _small));

    [Fact]
    public void A_learned_word_of_another_width_is_an_error_that_names_file_word_and_widths()
    {
        using TextualInversion inversion = Inversion("my-cat.safetensors", ("my-cat", [2, 12]));
        string message = Assert.Throws<ArgumentException>(() => Encoder().With(inversion)).Message;
        foreach (string named in new[] { "my-cat.safetensors", "'my-cat'", "width 12", "width 8" }) Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_learned_word_for_two_encoders_is_none_for_one_and_the_other_way_round()
    {
        using TextualInversion two = Inversion("two.safetensors", ("clip_l", [1, 8]), ("clip_g", [1, 12])), one = Inversion("one.safetensors", ("one", [1, 8]));
        Assert.Contains("two.safetensors", Assert.Throws<ArgumentException>(() => Encoder().With(two)).Message, StringComparison.Ordinal);
        Assert.Contains("one.safetensors", Assert.Throws<ArgumentException>(() => Pair().With(one)).Message, StringComparison.Ordinal);
        using PromptEncoder refiner = new PromptEncoder(TextEncoderReading.Penultimate, _large).With(two);
        Assert.Equal(_large.Tokenizer.Count, refiner.Encoders[0].Tokenizer.Tokenize("two")[0]);
    }

    [Fact]
    public void Several_learned_words_work_together_and_one_twice_is_an_error()
    {
        using TextualInversion first = Inversion("a.safetensors", ("<one>", [2, 8])), second = Inversion("b.safetensors", ("<two>", [1, 8]));
        using PromptEncoder both = Encoder().With(first, second);
        Assert.Equal([_small.Tokenizer.Count + 2, _small.Tokenizer.Count, _small.Tokenizer.Count + 1], both.Encoders[0].Tokenizer.Tokenize("<two><one>"));
        using PromptEncoder other = Encoder().With(second, first);
        Assert.Equal(both.Encode([new("<one> <two>")]).Text.data<float>(), other.Encode([new("<one> <two>")]).Text.data<float>());
        Assert.Throws<ArgumentException>(() => Encoder().With(first, first));
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("shape")]
    [InlineData("nan")]
    [InlineData("many")]
    public void A_file_that_is_no_learned_word_is_named(string fault)
    {
        string path = Path.Combine(_folder.Path, fault + ".safetensors");
        SafetensorsWriter.Write(path, fault switch
        {
            "empty" => new Dictionary<string, Tensor>(),
            "shape" => new() { ["emb_params"] = zeros(1, 2, 3) },
            "nan" => new() { ["emb_params"] = full(1, 8, float.NaN) },
            _ => new() { ["a"] = zeros(1, 8), ["b"] = zeros(1, 8) },
        });
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => TextualInversion.Load(path)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _small.Model.Dispose();
        _large.Model.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }

    private PromptEncoder Encoder() => new(TextEncoderReading.Last, _small);

    private PromptEncoder Pair() => new(TextEncoderReading.Penultimate, _small, _large);

    private Tensor Encode(string prompt, PromptSyntax syntax = PromptSyntax.Weighted) => Encoder().Encode([new(prompt)], syntax).Text;

    private TextualInversion Inversion(string file, params (string Key, long[] Shape)[] tensors)
    {
        string path = Path.Combine(_folder.Path, file);
        SafetensorsWriter.Write(path, tensors.ToDictionary(item => item.Key, item => randn(item.Shape)));
        return TextualInversion.Load(path);
    }
}
