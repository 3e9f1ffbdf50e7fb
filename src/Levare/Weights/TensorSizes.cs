namespace Levare.Weights;

/// <summary>Sizes that come from files: whatever does not fit is an overflow, never a wrong number.</summary>
internal static class TensorSizes
{
    /// <summary>The number of elements of a shape; 1 for a scalar.</summary>
    /// <exception cref="OverflowException">A side is negative, or the product is beyond 2^63.</exception>
    public static long Elements(IEnumerable<long> shape)
    {
        // Multiplied as if no side were 0, so that an absurd shape is one even when it is empty.
        long elements = 1;
        bool isEmpty = false;
        foreach (long side in shape)
        {
            if (side < 0) throw new OverflowException($"a side of the shape is {side}");
            isEmpty |= side == 0;
            elements = checked(elements * Math.Max(side, 1));
        }
        return isEmpty ? 0 : elements;
    }

    /// <summary>The number of bytes of a shape.</summary>
    /// <exception cref="OverflowException">A side is negative, or the number is beyond 2^63.</exception>
    public static long Bytes(IEnumerable<long> shape, int elementSize) => checked(Elements(shape) * elementSize);
}
