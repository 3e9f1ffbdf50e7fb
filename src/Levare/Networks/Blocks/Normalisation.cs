using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Normalisation layers with their conditions checked where they are made.</summary>
internal static class Normalisation
{
    /// <summary>A group norm with scale 1 and shift 0.</summary>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    public static GroupNorm Group(int groups, int channels, double epsilon)
    {
        if (groups < 1 || channels % groups != 0)
            throw new ArgumentException($"A group norm of {groups} groups does not divide {channels} channels.", nameof(groups));
        GroupNorm norm = nn.GroupNorm(groups, channels, epsilon, device: NetworkConstruction.Device);
        // TorchSharp 0.107 leaves both uninitialised: whatever lay in that memory. What fills them gives a further tensor of the same memory back.
        using var scope = NewDisposeScope();
        nn.init.ones_(norm.weight);
        nn.init.zeros_(norm.bias);
        return norm;
    }
}
