using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Normalisation layers with their conditions checked where they are made.</summary>
internal static class Normalisation
{
    /// <summary>A group norm with scale and shift.</summary>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    public static GroupNorm Group(int groups, int channels, double epsilon) =>
        groups > 0 && channels % groups == 0
            ? nn.GroupNorm(groups, channels, epsilon)
            : throw new ArgumentException($"A group norm of {groups} groups does not divide {channels} channels.", nameof(groups));
}
