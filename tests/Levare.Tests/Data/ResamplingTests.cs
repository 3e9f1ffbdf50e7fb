using System.Text.RegularExpressions;
using Levare.Data;
using Levare.Verification;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Data;

public sealed class ResamplingTests
{
    [Theory]
    [InlineData("box", ResampleFilter.Box)]
    [InlineData("bilinear", ResampleFilter.Bilinear)]
    [InlineData("bicubic", ResampleFilter.Bicubic)]
    [InlineData("lanczos", ResampleFilter.Lanczos)]
    public void Sizes_change_as_Pillow_changes_them(string name, ResampleFilter filter)
    {
        using GoldenCase golden = Golden.Open("images/resize");
        using Tensor input = golden.Tensor("input");
        RawImage image = new((int)input.shape[1], (int)input.shape[0], 3, input.data<byte>().ToArray());
        foreach (string key in golden.Tensors.Entries.Keys.Where(key => Regex.IsMatch(key, $"^{name}_[0-9]+x[0-9]+$")))
        {
            using Tensor expected = golden.Tensor(key);
            byte[] actual = Resampling.Resize(image, (int)expected.shape[1], (int)expected.shape[0], filter).Bytes;
            Assert.Equal(expected.data<byte>().ToArray(), actual);
        }
    }

    [Fact]
    public void A_constant_picture_stays_constant()
    {
        RawImage image = TestPictures.Plain(17, 130, 255, 13, 7);
        foreach (ResampleFilter filter in Enum.GetValues<ResampleFilter>())
            Assert.Equal(TestPictures.Plain(17, 130, 255, 5, 21).Bytes, Resampling.Resize(image, 5, 21, filter).Bytes);
    }
}
