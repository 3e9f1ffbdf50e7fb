using Levare.Verification;
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
    public void Adapted_weights_are_those_of_Python(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Golden.Check(new AdapterVerifier().Verify(golden));
    }
}
