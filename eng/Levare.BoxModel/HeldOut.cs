using System.Collections.Immutable;

namespace Levare.BoxModel;

/// <summary>The pairs of colour and thing that training never shows, so that a picture of one proves that the model combines what it knows.</summary>
internal static class HeldOut
{
    public static readonly ImmutableArray<(string Colour, string Thing)> Pairs =
    [
        ("blue", "apple"), ("green", "dog face"), ("green", "heart"), ("orange", "owl"), ("pink", "automobile"), ("purple", "cat"),
        ("red", "umbrella"), ("yellow", "octopus"), ("blue", "strawberry"), ("purple", "banana"), ("pink", "frog"), ("red", "dolphin"),
        ("green", "crab"), ("blue", "fire"), ("purple", "lemon"), ("pink", "cactus"), ("green", "fox"), ("blue", "tomato"),
        ("purple", "carrot"), ("red", "whale"),
    ];

    public static bool Contains(string? colour, string thing) => Pairs.Any(pair => pair.Colour == colour && pair.Thing == thing);
}
