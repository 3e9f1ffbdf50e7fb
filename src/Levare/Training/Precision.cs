using System.Text.Json.Serialization;

namespace Levare.Training;

/// <summary>What the network computes in; weights, loss and optimiser are always float32.</summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>The network on bfloat16 copies of the weights, with bfloat16 input; times stay float32.</summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,
}
