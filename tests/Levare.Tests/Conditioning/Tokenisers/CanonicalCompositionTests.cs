using Levare.Conditioning.Tokenisers;
using Xunit;

namespace Levare.Tests.Conditioning.Tokenisers;

/// <summary>Letters and marks become one letter where Unicode has one.</summary>
public sealed class CanonicalCompositionTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("A\u030a\u0301", "\u01fa")]
    [InlineData("\u212b", "\u00c5")] // the sign of the unit is the letter
    [InlineData("\u0958", "\u0915\u093c")] // excluded from composition
    [InlineData("x\u0301", "x\u0301")] // there is no such letter
    [InlineData("\u1112\u1161\u11ab", "\ud55c")]
    [InlineData("\ud558\u11ab", "\ud55c")]
    [InlineData("\ud834\udd5e", "\ud834\udd57\ud834\udd65")] // beyond 16 bits
    public void A_letter_and_its_marks_become_one(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));

    [Theory]
    [InlineData("s\u0307\u0323", "\u1e69")] // the dot below joins first, whatever order they are in
    [InlineData("a\u0301\u0300", "\u00e1\u0300")] // the second mark above stays behind the first
    [InlineData("a\u0327\u0301", "\u00e1\u0327")] // a mark below does not keep one above away
    [InlineData("a\u0301b\u0301", "\u00e1b\u0301")]
    public void Marks_join_in_the_order_of_their_classes(string text, string expected) => Assert.Equal(expected, CanonicalComposition.Compose(text));

    [Fact]
    public void Half_a_letter_stays() => Assert.Equal("\u00e9\ud800x\udc00", CanonicalComposition.Compose("e\u0301\ud800x\udc00"));
}
