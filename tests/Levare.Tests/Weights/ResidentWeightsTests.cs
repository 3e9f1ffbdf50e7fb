using Levare.Networks;
using Levare.Networks.Autoencoders;
using Levare.Verification;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

public sealed class ResidentWeightsTests : IDisposable
{
    private readonly GoldenCase _golden = Golden.Open("sd/sd15_textual_inversion1");

    public void Dispose() => _golden.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32, DeviceType.CPU)]
    [InlineData(ScalarType.BFloat16, DeviceType.META)]
    public void Converted_weights_leave_and_those_of_a_mapped_file_stay_in_its_place_until_they_are_used(ScalarType type, DeviceType left)
    {
        using Autoencoder network = Load(type), reference = Load(type);
        ResidentWeights weights = new(network, () => Load(type));
        using (weights.Use())
        {
            weights.Leave();
            Assert.All(network.parameters(), parameter => Assert.Equal(DeviceType.CPU, parameter.device_type));
        }
        weights.Leave();
        Assert.All(network.parameters(), parameter => Assert.Equal(left, parameter.device_type));
        using (weights.Use())
            foreach ((string key, Tensor expected) in reference.state_dict()) Assert.True(expected.equal(network.state_dict()[key]).all().item<bool>(), key);
    }

    private Autoencoder Load(ScalarType type)
    {
        using IDisposable bare = NetworkConstruction.WithoutWeights(), typed = NetworkConstruction.WithWeightsIn(type);
        return Autoencoder.Load(ModelComponent.Open(Path.Combine(_golden.Folder, _golden.Json.GetProperty("model").GetString()!, "vae")));
    }
}
