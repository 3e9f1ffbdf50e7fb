namespace Levare.Data;

/// <summary>One picture of a data set, not yet decoded, with what is known of it.</summary>
/// <param name="Name">How messages call it: a path, or a file and a row.</param>
/// <param name="Label">Its class, 0 or more; null without classes.</param>
/// <param name="Caption">Its text; null without one.</param>
/// <param name="Decode">Decodes it, with at most so many pixels; throws <see cref="InvalidDataException"/> or <see cref="IOException"/> when it is broken.</param>
public sealed record ImageExample(string Name, int? Label, string? Caption, Func<long, RawImage> Decode);
