using Levare.Verification;
using Levare.Verification.Images;
using Xunit;

namespace Levare.Tests.Codecs;

public sealed class ImagesGoldenTests
{
    private static readonly ICaseVerifier[] Verifiers = [new ImageResizeVerifier(), new ImageProcessorVerifier()];

    [Theory]
    [InlineData("images/resize")]
    [InlineData("images/vae_image_processor")]
    public void Pictures_are_what_Pillow_and_diffusers_make_of_them(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Golden.Check(Assert.Single(Verifiers, verifier => verifier.Supports(golden)).Verify(golden));
    }
}
