using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Runtime;

public sealed class NearestNameTests
{
    private static readonly string[] Samplers = ["euler", "euler-a", "heun", "dpm2", "dpm++2m", "dpm++2m-sde", "ddim", "ddpm", "unipc", "lcm", "lms"];

    [Theory]
    [InlineData("dpmm", "dpm++2m")]
    [InlineData("eular", "euler")]
    [InlineData("Heun2", "heun")]
    [InlineData("dpm++2msde", "dpm++2m-sde")]
    [InlineData("uni-pc", "unipc")]
    public void Names_that_are_cut_short_or_misspelt_find_what_was_meant(string written, string meant) =>
        Assert.Equal(meant, NearestName.Find(written, Samplers));

    [Fact]
    public void A_name_that_is_like_none_finds_none_and_the_hint_lists_all()
    {
        Assert.Null(NearestName.Find("qqqqqqqqqqq", Samplers));
        Assert.Contains("euler, euler-a, heun", NearestName.Hint("qqqqqqqqqqq", Samplers), StringComparison.Ordinal);
    }
}
