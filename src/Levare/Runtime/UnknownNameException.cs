namespace Levare.Runtime;

/// <summary>A name was given that stands for nothing; the message says what was probably meant, or what there is.</summary>
/// <param name="kind">What the name should have been, "sampler" say.</param>
/// <param name="name">What was given.</param>
/// <param name="known">The names that exist.</param>
public sealed class UnknownNameException(string kind, string name, IReadOnlyCollection<string> known)
    : ArgumentException($"unknown {kind} '{name}'{NearestName.Hint(name, known)}");
