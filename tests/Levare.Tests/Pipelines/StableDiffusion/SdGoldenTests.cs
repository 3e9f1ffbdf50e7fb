using Levare.Verification;
using Levare.Verification.StableDiffusion;
using Xunit;

namespace Levare.Tests.Pipelines.StableDiffusion;

public sealed class SdGoldenTests
{
    private static readonly SdPipelineVerifier Verifier = new();

    public static TheoryData<string> Cases()
    {
        TheoryData<string> pipelines = [];
        foreach (TheoryDataRow<string> row in Golden.Cases("sd"))
        {
            using GoldenCase golden = Golden.Open(row.Data);
            if (Verifier.Supports(golden)) pipelines.Add(row.Data);
        }
        return pipelines;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Stable_diffusion_gives_what_diffusers_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        try
        {
            Golden.Check(Verifier.Verify(golden));
        }
        catch (NotSupportedException e)
        {
            Assert.Skip($"{name}: {e.Message} is not supported");
        }
    }
}
