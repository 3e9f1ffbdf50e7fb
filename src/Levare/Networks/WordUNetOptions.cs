namespace Levare.Networks;

/// <summary>The size of a <see cref="WordUNet"/>.</summary>
/// <param name="Words">How many word numbers there are, padding included.</param>
/// <param name="Length">The most words of a text.</param>
public sealed record WordUNetOptions(int Words, int Length)
{
    /// <summary>The width of a word's vector.</summary>
    public int Width { get; init; } = 256;

    /// <summary>The layers of the text encoder.</summary>
    public int Depth { get; init; } = 2;

    /// <summary>The channels at 32x32, 16x16 and 8x8 places.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [48, 96, 128];

    /// <summary>The width of the sketch's perceptron.</summary>
    public int SketchWidth { get; init; } = 768;

    /// <summary>The layers of the sketch's perceptron.</summary>
    public int SketchDepth { get; init; } = 2;
}
