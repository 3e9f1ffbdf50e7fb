using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>FreeU (Si et al. 2023): the two lowest up blocks hear more of the features from below and less of the slow waves of the skips. Immutable.</summary>
/// <param name="B1">What half of the features of the lowest up block are multiplied by.</param>
/// <param name="B2">The same in the block above it.</param>
/// <param name="S1">What the lowest frequencies of the skips into the lowest up block are multiplied by.</param>
/// <param name="S2">The same in the block above it.</param>
public sealed record FreeU(double B1, double B2, double S1, double S2)
{
    /// <summary>What an up block is told, counted from the lowest; null above the second.</summary>
    internal FreeUScales? At(int block) => block switch
    {
        0 => new(B1, S1),
        1 => new(B2, S2),
        _ => null,
    };
}

/// <summary><see cref="FreeU"/> in one block.</summary>
/// <param name="Features">Half of the features are multiplied by it.</param>
/// <param name="Skips">The lowest frequencies of the skips are multiplied by it.</param>
internal sealed record FreeUScales(double Features, double Skips)
{
    // Frequencies nearer to zero than this, in steps of the discrete transform, are the lowest.
    private const int Lowest = 1;

    /// <summary>The features with the first half of their channels scaled.</summary>
    public Tensor Scale(Tensor features)
    {
        using var scope = NewDisposeScope();
        long half = features.shape[1] / 2;
        return cat([features.narrow(1, 0, half) * Features, features.narrow(1, half, features.shape[1] - half)], 1).MoveToOuterDisposeScope();
    }

    /// <summary>A skip with its lowest frequencies scaled.</summary>
    public Tensor Filter(Tensor skip)
    {
        using var scope = NewDisposeScope();
        (long height, long width) = (skip.shape[2], skip.shape[3]);
        Tensor mask = ones(height, width, device: skip.device);
        mask.narrow(0, Math.Max(height / 2 - Lowest, 0), Math.Min(2 * Lowest, height)).narrow(1, Math.Max(width / 2 - Lowest, 0), Math.Min(2 * Lowest, width)).fill_(Skips);
        long[] sides = [-2, -1];
        Tensor spectrum = fft.fftshift(fft.fftn(skip.to(ScalarType.Float32), dim: sides), sides) * mask;
        return fft.ifftn(fft.ifftshift(spectrum, sides), dim: sides).real.to(skip.dtype).MoveToOuterDisposeScope();
    }
}
