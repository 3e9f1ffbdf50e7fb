using System.Text;
using System.Text.Json;
using Levare.Runtime;
using Xunit;

namespace Levare.Tests.Runtime;

public sealed class PythonJsonTests
{
    [Fact]
    public void Names_of_numbers_that_JSON_lacks_are_read_and_texts_stay_as_they_are()
    {
        using JsonDocument document = PythonJson.Parse("""{"a":[NaN,-Infinity,Infinity,1.5],"b":"a NaN, \"Infinity\"","c":"\ud83d\ude00"}"""u8);
        Assert.Equal([double.NaN, double.NegativeInfinity, double.PositiveInfinity, 1.5], document.RootElement.GetProperty("a").EnumerateArray().Select(PythonJson.Number));
        Assert.Equal("a NaN, \"Infinity\"", document.RootElement.GetProperty("b").GetString());
        Assert.Equal("\U0001F600", document.RootElement.GetProperty("c").GetString());
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":[{"\uDC00":1}]}""")]
    [InlineData("""{"a":NaNa}""")]
    public void What_cannot_be_read_as_text_or_says_a_thing_twice_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => PythonJson.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_refused() =>
        Assert.ThrowsAny<JsonException>(() => PythonJson.Parse([(byte)'"', 0xFF, (byte)'"']));
}
