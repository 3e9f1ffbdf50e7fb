using Levare.Verification;
using Xunit;

namespace Levare.Tests.Networks.Autoencoders;

public sealed class AutoencoderGoldenTests
{
    [Theory]
    [InlineData("sd/sd15_vae_layers")]
    [InlineData("sd/sd15_vae_deprecated_keys")]
    [InlineData("sd/sd15_single_vae")]
    [InlineData("sd/sd15_vae_tiling")]
    public void Autoencoders_give_what_diffusers_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        AutoencoderVerifier verifier = new();
        Assert.True(verifier.Supports(golden));
        Golden.Check(verifier.Verify(golden));
    }

    public static TheoryData<string> TinyCases() => [.. Golden.Cases("taesd"), .. Golden.Cases("taef2")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(TinyCases))]
    public void Tiny_autoencoders_give_what_Python_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        TinyAutoencoderVerifier verifier = new();
        Assert.True(verifier.Supports(golden));
        Golden.Check(verifier.Verify(golden));
    }
}
