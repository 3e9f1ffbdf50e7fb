namespace Levare.Compatibility;

/// <summary>Functions of float32 as NumPy computes them on processors with fused multiply-add, to the last digit.</summary>
/// <remarks>
/// Which of two timesteps a sigma at the end of a table belongs to hangs on that digit. The logarithm is NumPy's rational approximation of
/// log(1 + x) between the roots of 1/2 and 2, within 4 units in the last place.
/// </remarks>
internal static class NumpyFloat
{
    private static readonly float[] Numerator = [0, 1, 2.112677543073053f, 1.4800006335765066f, 0.3808837741388408f, 0.025899791179079227f];
    private static readonly float[] Denominator = [1, 2.612677543073109f, 2.4530060717847364f, 0.986494295851842f, 0.15464763749839067f, 0.005875095403124574f];

    /// <summary>The natural logarithm of a normal number above 0.</summary>
    public static float Log(float value)
    {
        int exponent = Math.ILogB(value) + 1;
        float mantissa = MathF.ScaleB(value, -exponent);
        if (mantissa <= MathF.Sqrt(0.5f)) (mantissa, exponent) = (2 * mantissa, exponent - 1);
        float x = mantissa - 1;
        return MathF.FusedMultiplyAdd(exponent, MathF.Log(2), Horner(Numerator, x) / Horner(Denominator, x));
    }

    private static float Horner(float[] coefficients, float x)
    {
        float sum = coefficients[^1];
        for (int i = coefficients.Length - 2; i >= 0; i--) sum = MathF.FusedMultiplyAdd(sum, x, coefficients[i]);
        return sum;
    }
}
