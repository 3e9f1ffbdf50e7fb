using Levare.Verification;
using Xunit;

namespace Levare.Tests.Networks.Autoencoders;

public sealed class AutoencoderGoldenTests
{
    [Theory]
    [InlineData("sd/sd15_vae_layers")]
    [InlineData("sd/sd15_vae_deprecated_keys")]
    public void Autoencoders_give_what_diffusers_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        AutoencoderVerifier verifier = new();
        Assert.True(verifier.Supports(golden));
        Golden.Check(verifier.Verify(golden));
    }
}
