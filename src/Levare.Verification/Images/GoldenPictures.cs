using Levare.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.Images;

/// <summary>Pictures as golden cases store them: bytes [height, width] or [height, width, channels].</summary>
internal static class GoldenPictures
{
    /// <summary>A stored picture.</summary>
    public static RawImage Picture(this GoldenCase golden, string name)
    {
        using Tensor bytes = golden.Tensor(name);
        return new((int)bytes.shape[1], (int)bytes.shape[0], bytes.dim() == 2 ? 1 : (int)bytes.shape[2], bytes.contiguous().data<byte>().ToArray());
    }

    /// <summary>Compares pictures byte by byte.</summary>
    /// <param name="what">What is compared.</param>
    /// <param name="actual">The picture.</param>
    /// <param name="expected">The stored one.</param>
    /// <param name="largest">The largest difference that passes.</param>
    /// <param name="share">The share of values that may differ at all.</param>
    public static Comparison Compare(string what, RawImage actual, RawImage expected, int largest = 0, double share = 1)
    {
        (int, int, int) shape = (actual.Width, actual.Height, actual.Channels), wanted = (expected.Width, expected.Height, expected.Channels);
        if (shape != wanted) return new($"{what}: size and channels {shape} where {wanted} are expected", double.PositiveInfinity, largest);
        int[] differences = [.. actual.Bytes.Zip(expected.Bytes, (a, e) => Math.Abs(a - e))];
        bool isRare = differences.Count(difference => difference > 0) <= share * differences.Length;
        return new(what, differences.Max(), isRare ? largest : 0);
    }
}
