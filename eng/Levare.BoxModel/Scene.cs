using System.Collections.Immutable;

namespace Levare.BoxModel;

/// <summary>A picture before it is drawn: its caption and what is where.</summary>
/// <param name="Caption">Words that agree with the rest.</param>
/// <param name="Background">The colour behind everything.</param>
/// <param name="Figures">One thing or two.</param>
internal sealed record Scene(string Caption, (float Red, float Green, float Blue) Background, ImmutableArray<Figure> Figures);

/// <summary>A thing in a scene.</summary>
/// <param name="Thing">What it is.</param>
/// <param name="Look">Which of its pictures.</param>
/// <param name="Colour">The hue that it was given; null for its own.</param>
/// <param name="Half">Whether it is drawn at half size.</param>
/// <param name="X">The left edge, in pixels of a 64x64 picture.</param>
/// <param name="Y">The top edge.</param>
/// <param name="Mirrored">Whether left and right are exchanged.</param>
internal sealed record Figure(Thing Thing, Look Look, NamedColour? Colour, bool Half, int X, int Y, bool Mirrored);
