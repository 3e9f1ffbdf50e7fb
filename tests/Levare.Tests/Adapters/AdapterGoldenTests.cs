using Levare.Verification;
using Levare.Verification.StableDiffusion;
using Xunit;

namespace Levare.Tests.Adapters;

public sealed class AdapterGoldenTests
{
    public static TheoryData<string> Cases()
    {
        TheoryData<string> names = [];
        AdapterVerifier verifier = new();
        foreach (ITheoryDataRow row in Golden.Cases("sd"))
        {
            string name = (string)row.GetData()[0]!;
            using GoldenCase golden = Golden.Open(name);
            if (verifier.Supports(golden)) names.Add(name);
        }
        return names;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Adapted_models_give_what_Python_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        try
        {
            Golden.Check(new AdapterVerifier().Verify(golden));
        }
        catch (NotSupportedException e)
        {
            Assert.Skip($"{name}: {e.Message} is not supported");
        }
    }
}
