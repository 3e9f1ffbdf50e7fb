using Levare.Verification;
using Xunit;

namespace Levare.Tests.Training;

public class TrainingGoldenTests
{
    public static TheoryData<string> Cases() => Golden.Cases("training");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Training_gives_what_torch_and_diffusers_give(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        TrainingVerifier verifier = new();
        Assert.True(verifier.Supports(golden));
        Golden.Check(verifier.Verify(golden));
    }
}
