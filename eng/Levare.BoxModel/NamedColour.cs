using System.Collections.Immutable;

namespace Levare.BoxModel;

/// <summary>A colour that captions name.</summary>
/// <param name="Name">The word.</param>
/// <param name="Red">0..1.</param>
/// <param name="Green">0..1.</param>
/// <param name="Blue">0..1.</param>
internal sealed record NamedColour(string Name, float Red, float Green, float Blue)
{
    /// <summary>The colours of backgrounds.</summary>
    public static readonly ImmutableArray<NamedColour> All =
    [
        new("red", 0.88f, 0.16f, 0.18f), new("orange", 0.98f, 0.55f, 0.12f), new("yellow", 0.98f, 0.84f, 0.20f),
        new("green", 0.20f, 0.66f, 0.28f), new("blue", 0.16f, 0.42f, 0.88f), new("purple", 0.55f, 0.25f, 0.80f),
        new("pink", 0.98f, 0.50f, 0.72f), new("brown", 0.50f, 0.32f, 0.20f), new("black", 0.06f, 0.06f, 0.07f),
        new("grey", 0.58f, 0.59f, 0.61f), new("white", 1f, 1f, 1f),
    ];

    /// <summary>The colours that a thing can be given by turning its hue.</summary>
    public static readonly ImmutableArray<NamedColour> Hues = [.. All.Take(7)];

    public static NamedColour White => All[^1];

    /// <summary>Brightness: Y of YIQ.</summary>
    public float Luma => Yiq.Luma(Red, Green, Blue);

    /// <summary>The hue as an angle in the plane of I and Q.</summary>
    public float Angle => MathF.Atan2(Yiq.Q(Red, Green, Blue), Yiq.I(Red, Green, Blue));

    /// <summary>Whether a word names a colour.</summary>
    public static bool IsName(string word) => All.Any(colour => colour.Name == word);
}

/// <summary>The NTSC colour space, in which turning a hue is a rotation and brightness stays.</summary>
internal static class Yiq
{
    public static float Luma(float r, float g, float b) => 0.299f * r + 0.587f * g + 0.114f * b;

    public static float I(float r, float g, float b) => 0.596f * r - 0.274f * g - 0.322f * b;

    public static float Q(float r, float g, float b) => 0.211f * r - 0.523f * g + 0.312f * b;

    public static (float Red, float Green, float Blue) ToRgb(float y, float i, float q) =>
        (y + 0.956f * i + 0.621f * q, y - 0.272f * i - 0.647f * q, y - 1.106f * i + 1.703f * q);
}
