using Levare.Hub;
using Levare.Weights;
using Xunit;

namespace Levare.Tests.Hub;

public sealed class FileSelectionTests
{
    private static readonly ModelPart[] Parts = [new("unet", "diffusers", "UNet2DConditionModel"), new("text_encoder", "transformers", "CLIPTextModel"), new("tokenizer", "transformers", "CLIPTokenizer")];
    private static readonly string[] Tokenizer = ["tokenizer/vocab.json", "tokenizer/merges.txt", "tokenizer/tokenizer_config.json"];
    private static readonly string[] Configs = ["unet/config.json", "text_encoder/config.json", .. Tokenizer];

    [Theory]
    [InlineData(null, "unet/diffusion_pytorch_model.safetensors text_encoder/model.safetensors")]
    [InlineData("fp16", "unet/diffusion_pytorch_model.fp16.safetensors text_encoder/model.fp16.safetensors")]
    public void One_variant_is_taken(string? variant, string expected) => AssertChosen(
        variant, expected, [],
        "unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.non_ema.safetensors",
        "text_encoder/model.safetensors", "text_encoder/model.fp16.safetensors", "text_encoder/pytorch_model.bin", "text_encoder/flax_model.msgpack", "text_encoder/openvino_model.xml");

    [Fact]
    public void A_part_without_the_variant_comes_as_it_is_and_that_is_said() => AssertChosen(
        "fp16", "unet/diffusion_pytorch_model.fp16.safetensors text_encoder/model.safetensors", ["text_encoder has no variant fp16 as safetensors: the plain one is taken."],
        "unet/diffusion_pytorch_model.fp16.safetensors", "text_encoder/model.safetensors", "text_encoder/pytorch_model.fp16.bin");

    [Fact]
    public void Where_there_are_no_plain_weights_a_variant_is_taken_and_that_is_said() => AssertChosen(
        null, "unet/diffusion_pytorch_model.bf16.safetensors text_encoder/model.safetensors", ["unet has no plain weights: the variant bf16 is taken."],
        "unet/diffusion_pytorch_model.bf16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors", "text_encoder/model.safetensors");

    [Fact]
    public void A_pickle_is_taken_only_where_a_part_has_nothing_else_and_that_is_said() => AssertChosen(
        null, "unet/diffusion_pytorch_model.safetensors text_encoder/pytorch_model.bin",
        ["text_encoder/pytorch_model.bin is a pickle, for there are no safetensors; Levare reads it without executing anything."],
        "unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.bin", "text_encoder/pytorch_model.bin");

    [Theory]
    [InlineData("fp16", "unet/diffusion_pytorch_model.fp16.safetensors.index.json unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors unet/diffusion_pytorch_model.fp16-00002-of-00002.safetensors")]
    [InlineData("old", "unet/diffusion_pytorch_model.safetensors.index.old.json unet/diffusion_pytorch_model-00001-of-00001.old.safetensors")]
    [InlineData(null, "unet/diffusion_pytorch_model.safetensors.index.json unet/diffusion_pytorch_model-00001-of-00001.safetensors")]
    public void Weights_in_several_files_come_with_their_index(string? variant, string expected) => AssertChosen(
        variant, expected, [],
        "unet/diffusion_pytorch_model.safetensors.index.json", "unet/diffusion_pytorch_model-00001-of-00001.safetensors",
        "unet/diffusion_pytorch_model.fp16.safetensors.index.json", "unet/diffusion_pytorch_model.fp16-00001-of-00002.safetensors", "unet/diffusion_pytorch_model.fp16-00002-of-00002.safetensors",
        "unet/diffusion_pytorch_model.safetensors.index.old.json", "unet/diffusion_pytorch_model-00001-of-00001.old.safetensors",
        "unet/diffusion_pytorch_model.bin.index.json", "unet/diffusion_pytorch_model-00001-of-00001.bin");

    [Fact]
    public void An_index_without_its_files_is_no_weights() => AssertChosen(
        null, "unet/diffusion_pytorch_model.fp16.safetensors", ["unet has no plain weights: the variant fp16 is taken."],
        "unet/diffusion_pytorch_model.safetensors.index.json", "unet/diffusion_pytorch_model.fp16.safetensors");

    [Fact]
    public void A_part_of_which_nothing_is_there_is_named()
    {
        FileSelection selection = FileSelection.OfParts(Listing("model_index.json"), [Parts[0]], new());
        Assert.Equal(["model_index.json names the part unet, of which the repository has no files."], selection.Notes);
    }

    [Fact]
    public void A_repository_that_is_one_part_is_taken_like_a_part() => Assert.Equal(
        ["config.json", "diffusion_pytorch_model.fp16.safetensors", "README.md"],
        Single(new() { Variant = "fp16" }, "config.json", "README.md", "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.fp16.safetensors", "diffusion_pytorch_model.bin", "images/a.json"));

    [Theory]
    [InlineData("lora.safetensors", "lora.safetensors", "README.md", "lora.ckpt", "x.png")]
    [InlineData("sub/model.ckpt", "sub/model.ckpt", "README.md")]
    public void A_single_file_is_taken(string expected, params string[] files) => Assert.Equal([expected], Single(new(), files));

    [Fact]
    public void Of_several_single_files_the_caller_chooses()
    {
        string[] files = ["a.safetensors", "b.safetensors", "c.ckpt"];
        HubException e = Assert.Throws<HubException>(() => Single(new(), files));
        Assert.Equal(HubError.NothingChosen, e.Error);
        Assert.Contains("say with --include which of its files you want; it has a.safetensors (10 B), b.safetensors (10 B).", e.Message, StringComparison.Ordinal);
        Assert.Equal(["b.safetensors"], Single(new() { Exclude = ["a*"] }, files));
        Assert.Equal(["b.safetensors", "c.ckpt"], FileSelection.OfPatterns(Listing(files), new() { Include = ["b*", "*.ckpt"] }).Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData("unet/*", "unet/a.json unet/deep/b.json")]
    [InlineData("unet/", "unet/a.json unet/deep/b.json")]
    [InlineData("*.json", "unet/a.json unet/deep/b.json x.json")]
    [InlineData("?.json", "x.json")]
    public void Patterns_name_files(string pattern, string expected) =>
        Assert.Equal(expected.Split(' '), FileSelection.OfPatterns(Listing("unet/a.json", "unet/deep/b.json", "x.json", "y.txt"), new() { Include = [pattern] }).Files.Select(file => file.Path));

    [Fact]
    public void Patterns_that_name_nothing_are_an_error_with_what_there_is() =>
        Assert.Contains("has no file that *.gguf names; it has x.json (10 B).", Assert.Throws<HubException>(() => FileSelection.OfPatterns(Listing("x.json"), new() { Include = ["*.gguf"] })).Message, StringComparison.Ordinal);

    private static void AssertChosen(string? variant, string expected, string[] notes, params string[] weights)
    {
        FileSelection selection = FileSelection.OfParts(Listing(["model_index.json", .. Configs, .. weights]), Parts, new() { Variant = variant });
        Assert.Equal(expected.Split(' ').Concat(Configs).Append("model_index.json").Order(StringComparer.Ordinal), selection.Files.Select(file => file.Path).Order(StringComparer.Ordinal));
        Assert.Equal(notes, selection.Notes);
    }

    private static IEnumerable<string> Single(PullOptions options, params string[] files) => FileSelection.OfSingle(Listing(files), options).Files.Select(file => file.Path);

    private static HubListing Listing(params string[] files) => new(HubWorld.Reference, HubWorld.FirstCommit, [.. files.Select(path => new HubFile(path, 10, null, null))]);
}
