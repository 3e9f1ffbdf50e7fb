using Levare.Compatibility;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Compatibility;

public sealed class SchedulerGoldenTests
{
    public static TheoryData<string> Cases => Golden.Cases("schedulers");

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Every_step_is_what_diffusers_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        SchedulerVerifier verifier = new();
        Assert.True(verifier.Supports(golden));
        Golden.Check(verifier.Verify(golden));
    }
}
