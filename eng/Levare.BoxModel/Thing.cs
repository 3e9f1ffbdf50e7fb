using System.Collections.Immutable;

namespace Levare.BoxModel;

/// <summary>What a caption can name: one emoji, with its skin-tone variants.</summary>
/// <param name="Name">The name without its colour words, lower case: "apple" of "red apple".</param>
/// <param name="OwnColour">The colour word of the name itself, if it has one.</param>
/// <param name="Tags">Further words for it.</param>
/// <param name="Group">emojibase's group.</param>
/// <param name="Looks">The pictures: the plain one first, then those with a skin tone.</param>
internal sealed record Thing(string Name, string? OwnColour, ImmutableArray<string> Tags, EmojiGroup Group, ImmutableArray<Look> Looks)
{
    private static readonly ImmutableHashSet<string> Lettered =
    [
        "o’clock", "thirty", "clock", "watch", "sign", "abc", "letters", "numbers", "calendar", "ticket", "button", "arrow", "receipt", "musical", "keyboard",
    ];

    /// <summary>Whether its mirror image is the same thing: not so for letters, clocks and flags.</summary>
    public bool CanMirror => Group is not (EmojiGroup.Symbols or EmojiGroup.Flags) && !Lettered.Any(word => Name.Contains(word, StringComparison.Ordinal));

    /// <summary>Whether its plain picture may be given another hue.</summary>
    public bool CanRecolour => Group is not (EmojiGroup.People or EmojiGroup.Flags) && Looks[0].Sprite.Hue is not null;

    /// <summary>The word for the colour that it has: of its name, or what its picture shows.</summary>
    public string? NaturalColour => OwnColour ?? (CanRecolour ? Looks[0].Sprite.ColourName : null);
}

/// <summary>One picture of a thing.</summary>
/// <param name="Addition">What its caption adds to the name ("light skin tone"), or null.</param>
/// <param name="Sprite">The picture.</param>
internal sealed record Look(string? Addition, Sprite Sprite);

/// <summary>emojibase's groups, by their numbers.</summary>
internal enum EmojiGroup
{
    Smileys = 0,
    People = 1,
    Components = 2,
    Animals = 3,
    Food = 4,
    Travel = 5,
    Activities = 6,
    Objects = 7,
    Symbols = 8,
    Flags = 9,
}
