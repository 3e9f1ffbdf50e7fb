using Levare.Verification;
using Levare.Verification.Images;
using Xunit;

namespace Levare.Tests.Codecs;

public sealed class ImagesGoldenTests
{
    private static readonly ICaseVerifier[] Verifiers = [new ImageResizeVerifier(), new ImageProcessorVerifier(), new ImageDecodeVerifier(), new ImageMetricsVerifier()];

    public static TheoryData<string> Cases() => Golden.Cases("images");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Pictures_are_what_Python_makes_of_them(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Golden.Check(Assert.Single(Verifiers, verifier => verifier.Supports(golden)).Verify(golden));
    }
}
