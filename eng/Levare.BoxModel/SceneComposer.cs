using System.Collections.Immutable;

namespace Levare.BoxModel;

/// <summary>Makes captioned scenes of the emoji: colours, backgrounds, sizes, places, two things in a relation.</summary>
/// <remarks>Scene (seed, step, index) is always the same; held-out pairs of colour and thing never occur. Immutable and thread-safe.</remarks>
internal sealed class SceneComposer
{
    private const int Half = Sprite.Side / 2;
    private static readonly string[] Rows = ["top", "", "bottom"], Columns = ["left", "", "right"];
    private readonly ulong _seed;
    private readonly ImmutableArray<Thing> _things;
    private readonly double[] _cumulative;

    public SceneComposer(EmojiSet emoji, ulong seed)
    {
        _seed = seed;
        _things = [.. emoji.Things.Where(thing => Weight(thing) > 0)];
        _cumulative = new double[_things.Length];
        double sum = 0;
        for (int i = 0; i < _things.Length; i++) _cumulative[i] = sum += Weight(_things[i]);
    }

    /// <summary>The scene of a place in training.</summary>
    public Scene Compose(long step, int index)
    {
        SceneRandom random = new(_seed, step, index);
        double kind = random.Next();
        return kind < 0.5 ? Alone(ref random) : kind < 0.72 ? Placed(ref random) : Pair(ref random);
    }

    // How often a thing is shown: what people ask for first, long tails of near-equal pictures (people, flags, clock faces) seldom.
    private static double Weight(Thing thing)
    {
        if (HeldOut.Contains(thing.OwnColour, thing.Name)) return 0;
        double group = thing.Group switch
        {
            EmojiGroup.Animals => 2.0,
            EmojiGroup.Food => 1.8,
            EmojiGroup.Travel => thing.CanMirror ? 1.0 : 0.1,
            EmojiGroup.Activities or EmojiGroup.Objects => 0.9,
            EmojiGroup.Smileys => 0.8,
            EmojiGroup.People => 0.15,
            _ => 0.08,
        };
        return thing.Name.Contains(' ', StringComparison.Ordinal) ? group : 1.5 * group;
    }

    private Scene Alone(ref SceneRandom random)
    {
        Figure figure = Draw(ref random, recolour: 0.22, mirror: 0.06) with { X = random.Next(3) - 1, Y = random.Next(3) - 1 };
        (string ending, NamedColour background) = Background(ref random, 0.28);
        string noun = Name(figure, ref random) + Extra(figure, ref random);
        if (random.Chance(0.1)) noun = (random.Chance(0.5) ? "big " : "large ") + noun;
        return new(Article(noun, ref random) + ending, Shade(background, ref random), [figure]);
    }

    private Scene Placed(ref SceneRandom random)
    {
        int row = random.Next(3), column = random.Next(3);
        Figure figure = Draw(ref random, recolour: 0.2, mirror: 0) with { Half = true, X = column * Half / 2 + random.Next(3) - 1, Y = row * Half / 2 + random.Next(3) - 1 };
        (string ending, NamedColour background) = Background(ref random, 0.28);
        string noun = Article((random.Chance(0.85) ? "small " : "little ") + Name(figure, ref random), ref random);
        return new(noun + Place(row, column, ref random) + ending, Shade(background, ref random), [figure]);
    }

    private Scene Pair(ref SceneRandom random)
    {
        Figure first = Draw(ref random, recolour: 0.15, mirror: 0) with { Half = true };
        Figure second = Draw(ref random, recolour: 0.15, mirror: 0) with { Half = true };
        bool beside = random.Chance(0.5);
        int along = Half, middle = Half / 2;
        first = beside ? first with { Y = middle } : first with { X = middle };
        second = beside ? second with { X = along, Y = middle } : second with { X = middle, Y = along };
        string a = Article(Name(first, ref random), ref random), b = Article(Name(second, ref random), ref random);
        string words = (beside, random.Next(3)) switch
        {
            (true, 0) => $"{a} to the left of {b}",
            (true, 1) => $"{a} left of {b}",
            (true, _) => $"{b} to the right of {a}",
            (false, 0 or 1) => $"{a} above {b}",
            (false, _) => $"{b} below {a}",
        };
        (string ending, NamedColour background) = Background(ref random, 0.2);
        return new(words + ending, Shade(background, ref random), [first, second]);
    }

    private Figure Draw(ref SceneRandom random, double recolour, double mirror)
    {
        double at = random.Next() * _cumulative[^1];
        int index = Array.BinarySearch(_cumulative, at);
        Thing thing = _things[Math.Min(index < 0 ? ~index : index + 1, _things.Length - 1)];
        Look look = thing.Looks[thing.Looks.Length > 1 && random.Chance(0.25) ? 1 + random.Next(thing.Looks.Length - 1) : 0];
        NamedColour? colour = thing.CanRecolour && random.Chance(recolour) ? random.Pick(NamedColour.Hues) : null;
        if (colour is not null && HeldOut.Contains(colour.Name, thing.Name)) colour = null;
        return new(thing, look, colour, Half: false, 0, 0, thing.CanMirror && random.Chance(mirror));
    }

    private static string Name(Figure figure, ref SceneRandom random)
    {
        Thing thing = figure.Thing;
        // A thing that has its colour in its name always tells it; another one now and then.
        string? natural = thing.OwnColour ?? (random.Chance(0.25) && !HeldOut.Contains(thing.NaturalColour, thing.Name) ? thing.NaturalColour : null);
        string? colour = figure.Colour?.Name ?? natural;
        string name = colour is null ? thing.Name : $"{colour} {thing.Name}";
        if (figure.Look.Addition is { } addition) name = $"{name} {addition}";
        return figure.Mirrored ? $"mirrored {name}" : name;
    }

    private static string Extra(Figure figure, ref SceneRandom random) =>
        figure.Thing.Tags.Length > 0 && random.Chance(0.08) ? $" {random.Pick(figure.Thing.Tags)}" : "";

    private static string Article(string noun, ref SceneRandom random) =>
        !random.Chance(0.3) ? noun : ("aeiou".Contains(noun[0], StringComparison.Ordinal) ? "an " : "a ") + noun;

    private static (string Ending, NamedColour Colour) Background(ref SceneRandom random, double probability)
    {
        if (!random.Chance(probability)) return ("", NamedColour.White);
        NamedColour colour = random.Pick(NamedColour.All);
        return (random.Next(4) == 0 ? $" on {colour.Name}" : $" on a {colour.Name} background", colour);
    }

    private static (float, float, float) Shade(NamedColour colour, ref SceneRandom random)
    {
        // White is paper white, so that pictures without a word on their background have one background.
        if (colour == NamedColour.White) return (1, 1, 1);
        float change = (float)(0.94 + 0.12 * random.Next());
        return (MathF.Min(1, colour.Red * change), MathF.Min(1, colour.Green * change), MathF.Min(1, colour.Blue * change));
    }

    private static string Place(int row, int column, ref SceneRandom random)
    {
        string place = $"{Rows[row]} {Columns[column]}".Trim();
        if (place.Length == 0) return random.Chance(0.5) ? " in the middle" : " in the centre";
        return random.Next(3) switch
        {
            0 => $" in the {place}",
            1 => $" {place}",
            _ => $" at the {place}",
        };
    }
}
