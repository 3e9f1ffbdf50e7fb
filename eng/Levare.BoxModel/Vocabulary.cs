using System.Collections.Immutable;
using Levare.Conditioning;

namespace Levare.BoxModel;

/// <summary>Makes the tokeniser of a set of emoji: the words of their names and of the composer, tags as synonyms.</summary>
internal static class Vocabulary
{
    /// <summary>The most words of a caption.</summary>
    public const int Length = 16;

    private const string Grammar =
        "a an on in at the of to left right top bottom middle centre above below background small little big large mirrored "
        + "red orange yellow green blue purple pink brown black grey white";

    public static WordTokenizer Make(EmojiSet emoji)
    {
        IEnumerable<string> names = emoji.Things.SelectMany(thing => thing.Looks.Select(look => look.Addition ?? "").Prepend(thing.Name));
        ImmutableSortedSet<string> words = [.. names.Append(Grammar).SelectMany(WordTokenizer.Split)];
        return new(words, Synonyms(emoji, words), Length);
    }

    // A tag stands for the thing that has the fewest tags beside it, the more common group first.
    private static ImmutableSortedDictionary<string, string> Synonyms(EmojiSet emoji, ImmutableSortedSet<string> words)
    {
        SortedDictionary<string, string> found = new(StringComparer.Ordinal) { ["gray"] = "grey", ["center"] = "centre", ["tiny"] = "small", ["huge"] = "big" };
        foreach (Thing thing in emoji.Things.OrderBy(Rank).ThenBy(thing => thing.Tags.Length))
            foreach (string tag in thing.Tags.Where(tag => !tag.Contains(' ', StringComparison.Ordinal) && !words.Contains(tag)))
                found.TryAdd(tag, thing.Name);
        return found.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }

    private static int Rank(Thing thing) => thing.Group switch
    {
        EmojiGroup.Animals or EmojiGroup.Food or EmojiGroup.Travel or EmojiGroup.Activities or EmojiGroup.Objects => thing.Name.Contains(' ', StringComparison.Ordinal) ? 1 : 0,
        EmojiGroup.Smileys => 2,
        _ => 3,
    };
}
