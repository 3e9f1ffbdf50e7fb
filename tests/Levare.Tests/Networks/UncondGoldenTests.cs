using Levare.Verification;
using Xunit;

namespace Levare.Tests.Networks;

public sealed class UncondGoldenTests
{
    private static readonly UNet2DVerifier Verifier = new();

    public static TheoryData<string> Cases() => Golden.Cases("uncond");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Unconditional_models_give_what_diffusers_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Assert.SkipUnless(Verifier.Supports(golden), $"{name} is a pipeline, not a forward pass");
        Golden.Check(Verifier.Verify(golden));
    }
}
