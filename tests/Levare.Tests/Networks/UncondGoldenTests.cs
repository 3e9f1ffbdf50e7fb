using Levare.Verification;
using Xunit;

namespace Levare.Tests.Networks;

public sealed class UncondGoldenTests
{
    private static readonly ICaseVerifier[] Verifiers = [new UNet2DVerifier(), new UncondPipelineVerifier(), new TrainingStepVerifier()];

    public static TheoryData<string> Cases() => Golden.Cases("uncond");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Unconditional_models_give_what_diffusers_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Golden.Check(Assert.Single(Verifiers, verifier => verifier.Supports(golden)).Verify(golden));
    }
}
