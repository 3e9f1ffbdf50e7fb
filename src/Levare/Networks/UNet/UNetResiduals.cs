using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>What a network beside a U-Net adds to it: to each skip, in the order in which they are made, and to the features at the bottom.</summary>
internal sealed record UNetResiduals(IReadOnlyList<Tensor> Skips, Tensor Middle)
{
    /// <summary>The sum of what two networks add.</summary>
    /// <exception cref="ArgumentException">They are for different numbers of skips.</exception>
    public static UNetResiduals operator +(UNetResiduals one, UNetResiduals other) => one.Skips.Count == other.Skips.Count
        ? new([.. one.Skips.Zip(other.Skips, (a, b) => a + b)], one.Middle + other.Middle)
        : throw new ArgumentException($"A ControlNet for {one.Skips.Count} skips was put beside one for {other.Skips.Count}: they belong to different models.", nameof(other));

    /// <summary>Each of them changed.</summary>
    /// <param name="change">Is told the place, the bottom's being the last.</param>
    public UNetResiduals Map(Func<Tensor, int, Tensor> change) => new([.. Skips.Select(change)], change(Middle, Skips.Count));

    /// <summary>The features at the bottom and the skips, with these added.</summary>
    /// <exception cref="ArgumentException">There are not as many skips.</exception>
    public (Tensor Hidden, List<Tensor> Skips) AddTo(Tensor hidden, IReadOnlyList<Tensor> skips)
    {
        if (skips.Count != Skips.Count)
            throw new ArgumentException($"A ControlNet for {Skips.Count} skips was put beside a U-Net of {skips.Count}: they belong to different models.", nameof(skips));
        return (hidden + Middle.to(hidden.dtype), [.. skips.Zip(Skips, (skip, residual) => skip + residual.to(skip.dtype))]);
    }
}
