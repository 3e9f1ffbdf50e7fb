using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Runtime;

public sealed class MemorySizeTests
{
    [Theory]
    [InlineData("12GiB", 12L << 30)]
    [InlineData("12g", 12L << 30)]
    [InlineData(" 1.5 MiB ", 3L << 19)]
    [InlineData("800MB", 800_000_000)]
    [InlineData("2tb", 2_000_000_000_000)]
    [InlineData("100b", 100)]
    [InlineData("4096", 4096)]
    public void Amounts_are_read_with_their_units(string text, long bytes) => Assert.Equal(bytes, MemorySize.Parse(text).Bytes);

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1GiB")]
    [InlineData("0")]
    [InlineData("0.1B")]
    [InlineData("1e3MB")]
    [InlineData("12 apples")]
    [InlineData("99999999999TiB")]
    public void What_is_no_amount_is_refused(string text) => Assert.Contains("is no amount of memory", Assert.Throws<FormatException>(() => MemorySize.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(12L << 30, "12 GiB")]
    [InlineData((12L << 30) + 1, "12.1 GiB")]
    [InlineData(900, "900 bytes")]
    public void An_amount_is_written_rounded_up_so_that_it_is_enough(long bytes, string text) => Assert.Equal(text, new MemorySize(bytes).ToString());
}
