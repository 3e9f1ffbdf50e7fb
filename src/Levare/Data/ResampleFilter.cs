namespace Levare.Data;

/// <summary>The kernel of a change of size.</summary>
public enum ResampleFilter
{
    /// <summary>The mean of the covered area.</summary>
    Box,

    /// <summary>A triangle of radius 1.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, radius 2.</summary>
    Bicubic,

    /// <summary>A windowed sinc of radius 3: the sharpest.</summary>
    Lanczos,

    /// <summary>The pixel at the place, without antialiasing.</summary>
    Nearest,

    /// <summary>A windowed sinc of radius 1: sharper than a triangle.</summary>
    Hamming,
}
