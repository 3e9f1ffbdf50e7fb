using System.Collections.Immutable;

namespace Levare.Networks.UNet;

/// <summary>Which channels meet at the resolutions of a U-Net, whatever its blocks are.</summary>
/// <param name="blockOutChannels">Channels at each resolution, from the highest down.</param>
internal readonly struct ResolutionChannels(ImmutableArray<int> blockOutChannels)
{
    /// <summary>The number of resolutions.</summary>
    public int Count => blockOutChannels.Length;

    /// <summary>Whether a block, counted in its own direction, is the last and changes no resolution.</summary>
    public bool IsLast(int block) => block == Count - 1;

    /// <summary>What a down block gives.</summary>
    public int Down(int block) => blockOutChannels[block];

    /// <summary>What an up block gives; the first is the lowest.</summary>
    public int Up(int block) => blockOutChannels[Count - 1 - block];

    /// <summary>The inputs of a down block's layers.</summary>
    public IEnumerable<int> DownInputs(int block, int layers)
    {
        (int before, int own) = (blockOutChannels[Math.Max(block - 1, 0)], Down(block));
        return Enumerable.Range(0, layers).Select(layer => layer == 0 ? before : own);
    }

    /// <summary>The inputs of an up block's layers, each joined of the features and of a skip; the last skip is of the resolution above.</summary>
    public IEnumerable<(int Hidden, int Skip)> UpInputs(int block, int layers)
    {
        (int below, int own, int above) = (Up(Math.Max(block - 1, 0)), Up(block), Up(Math.Min(block + 1, Count - 1)));
        return Enumerable.Range(0, layers).Select(layer => (layer == 0 ? below : own, layer == layers - 1 ? above : own));
    }
}
