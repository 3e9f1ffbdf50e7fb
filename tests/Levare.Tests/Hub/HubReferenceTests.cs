using Levare.Hub;
using Xunit;

namespace Levare.Tests.Hub;

public sealed class HubReferenceTests
{
    [Theory]
    [InlineData("stabilityai/sdxl-turbo", "stabilityai/sdxl-turbo", "main", "models--stabilityai--sdxl-turbo")]
    [InlineData("a/b.c_d@fp16", "a/b.c_d", "fp16", "models--a--b.c_d")]
    [InlineData("a/b@refs/pr/1", "a/b", "refs/pr/1", "models--a--b")]
    [InlineData("gpt2", "gpt2", "main", "models--gpt2")]
    public void A_text_names_a_model_and_a_revision(string text, string id, string revision, string folder)
    {
        HubReference reference = HubReference.Parse(text);
        Assert.Equal((id, revision, folder, text), (reference.Id, reference.Revision, reference.FolderName, reference.ToString()));
        Assert.Equal(id, HubReference.OfFolder(folder)!.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("./b")]
    [InlineData("/b")]
    [InlineData("a/")]
    [InlineData("a/b--c")]
    [InlineData("a/b..c")]
    [InlineData("a/b.git")]
    [InlineData("a\\b")]
    [InlineData("~/b")]
    [InlineData("a/b@")]
    [InlineData("a/b@../x")]
    [InlineData("a/b@x y")]
    [InlineData("a/b@/x")]
    [InlineData("a/b\n")]
    [InlineData("a/b@main\n")]
    [InlineData("à/b")]
    public void Other_texts_name_none(string text)
    {
        Assert.False(HubReference.LooksLike(text));
        Assert.Contains("names no model of the hub", Assert.Throws<FormatException>(() => HubReference.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_alone_may_be_pulled_but_is_taken_for_a_path_where_both_are_possible() => Assert.False(HubReference.LooksLike("gpt2"));
}
