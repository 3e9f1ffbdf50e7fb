namespace Levare.Solvers;

/// <summary>Interpolation in Lagrange's form.</summary>
internal static class Polynomial
{
    /// <summary>
    /// The weights with which values at the nodes make a linear functional of the polynomial through them: the functional, given by what it makes
    /// of 1, u, u^2, ..., applied to each of Lagrange's basis polynomials.
    /// </summary>
    /// <param name="nodes">Where the values are, all different.</param>
    /// <param name="moments">The functional of each power, as many as nodes.</param>
    public static double[] Weights(ReadOnlySpan<double> nodes, ReadOnlySpan<double> moments)
    {
        double[] weights = new double[nodes.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            double[] basis = Basis(nodes, i);
            for (int power = 0; power < basis.Length; power++) weights[i] += basis[power] * moments[power];
        }
        return weights;
    }

    // The coefficients, from the constant up, of the product of (u - u_j) / (u_i - u_j) over all j but i.
    private static double[] Basis(ReadOnlySpan<double> nodes, int i)
    {
        double[] basis = new double[nodes.Length];
        basis[0] = 1;
        int degree = 0;
        for (int j = 0; j < nodes.Length; j++)
        {
            if (j == i) continue;
            double scale = 1 / (nodes[i] - nodes[j]);
            for (int power = ++degree; power >= 0; power--)
                basis[power] = ((power > 0 ? basis[power - 1] : 0) - nodes[j] * basis[power]) * scale;
        }
        return basis;
    }
}
