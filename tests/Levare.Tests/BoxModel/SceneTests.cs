using Levare.BoxModel;
using Levare.Conditioning;
using Levare.Networks;
using Xunit;

namespace Levare.Tests.BoxModel;

public sealed class SceneTests
{
    private const int Side = Sprite.Side, Scenes = 4000;
    private static readonly EmojiSet Emoji = MakeEmoji();
    private static readonly SceneComposer Composer = new(Emoji, seed: 3);

    public static TheoryData<string> HeldOutPairs => [.. HeldOut.Pairs.Select(pair => $"{pair.Colour} {pair.Thing}")];

    [Theory]
    [MemberData(nameof(HeldOutPairs))]
    public void A_held_out_pair_of_colour_and_thing_is_never_composed(string pair)
    {
        string caption = $" {pair} ";
        Assert.DoesNotContain(Compose(), scene => $" {scene.Caption} ".Contains(caption, StringComparison.Ordinal));
        Assert.DoesNotContain(Compose().SelectMany(scene => scene.Figures), figure => $"{ColourOf(figure)} {figure.Thing.Name}" == pair);
    }

    [Fact]
    public void Twenty_pairs_are_held_out() => Assert.Equal(20, HeldOut.Pairs.Distinct().Count());

    [Fact]
    public void A_given_colour_is_in_the_caption_before_the_name()
    {
        Figure[] recoloured = [.. Compose().SelectMany(scene => scene.Figures.Select(figure => figure with { X = 0 })).Where(figure => figure.Colour is not null)];
        Assert.NotEmpty(recoloured);
        Assert.All(Compose(), scene => Assert.All(scene.Figures.Where(figure => figure.Colour is not null),
            figure => Assert.Contains($"{figure.Colour!.Name} {figure.Thing.Name}", scene.Caption, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_recoloured_thing_shows_the_hue_that_its_caption_names()
    {
        Scene[] scenes = [.. Compose().Where(scene => scene.Figures is [{ Colour: not null, Half: false }])];
        Assert.True(scenes.Length > 50);
        Assert.All(scenes, scene =>
        {
            float[] picture = Draw(scene);
            (float r, float g, float b) = Pixel(picture, Side / 2, Side / 2);
            float hue = MathF.Atan2(Yiq.Q(r, g, b), Yiq.I(r, g, b));
            Assert.True(MathF.Abs(MathF.IEEERemainder(hue - scene.Figures[0].Colour!.Angle, MathF.Tau)) < 0.5, scene.Caption);
        });
    }

    [Fact]
    public void A_background_that_the_caption_names_is_what_the_corner_shows()
    {
        int named = 0;
        foreach (Scene scene in Compose())
        {
            NamedColour? told = NamedColour.All.FirstOrDefault(colour => scene.Caption.EndsWith($" on {colour.Name}", StringComparison.Ordinal)
                || scene.Caption.EndsWith($" on a {colour.Name} background", StringComparison.Ordinal));
            NamedColour wanted = told ?? NamedColour.White;
            (float r, float g, float b) = scene.Background;
            Assert.True(MathF.Abs(r - wanted.Red) + MathF.Abs(g - wanted.Green) + MathF.Abs(b - wanted.Blue) < 0.2, scene.Caption);
            if (told is not null) named++;
        }
        Assert.True(named > Scenes / 8);
    }

    [Theory]
    [InlineData("top left", 0, 0)]
    [InlineData("top right", 0, 2)]
    [InlineData("bottom left", 2, 0)]
    [InlineData("bottom right", 2, 2)]
    public void A_small_thing_is_drawn_at_the_place_that_its_caption_names(string place, int row, int column)
    {
        Scene[] scenes = [.. Compose().Where(scene => scene.Figures.Length == 1 && scene.Caption.Contains(place, StringComparison.Ordinal))];
        Assert.NotEmpty(scenes);
        Assert.All(scenes, scene =>
        {
            (double x, double y) = Centre(scene);
            Assert.InRange(x, column * 16 + 11, column * 16 + 21);
            Assert.InRange(y, row * 16 + 11, row * 16 + 21);
        });
    }

    [Fact]
    public void Of_two_things_the_one_that_is_named_left_or_above_is_drawn_there()
    {
        foreach (Scene scene in Compose().Where(scene => scene.Figures.Length == 2 && scene.Figures[0].Thing != scene.Figures[1].Thing))
        {
            (string relation, bool firstNamedFirst) = scene.Caption switch
            {
                var c when c.Contains(" left of ", StringComparison.Ordinal) => ("left", true),
                var c when c.Contains(" right of ", StringComparison.Ordinal) => ("left", false),
                var c when c.Contains(" above ", StringComparison.Ordinal) => ("above", true),
                _ => ("above", false),
            };
            (Figure first, Figure second) = (scene.Figures[0], scene.Figures[1]);
            Assert.True(relation == "left" ? first.X + 16 <= second.X : first.Y + 16 <= second.Y, scene.Caption);
            int at = scene.Caption.IndexOf(first.Thing.Name, StringComparison.Ordinal), other = scene.Caption.LastIndexOf(second.Thing.Name, StringComparison.Ordinal);
            Assert.True(firstNamedFirst ? at < other : scene.Caption.LastIndexOf(first.Thing.Name, StringComparison.Ordinal) > scene.Caption.IndexOf(second.Thing.Name, StringComparison.Ordinal), scene.Caption);
        }
    }

    [Fact]
    public void Letters_clocks_and_flags_are_never_mirrored()
    {
        Assert.DoesNotContain(Compose().SelectMany(scene => scene.Figures), figure => figure.Mirrored && figure.Thing.Name is "alarm clock" or "flag france" && figure.Mirrored);
        Assert.Contains(Compose().SelectMany(scene => scene.Figures), figure => figure.Mirrored);
    }

    [Fact]
    public void A_batch_is_a_function_of_seed_and_number()
    {
        WordTokenizer tokenizer = Vocabulary.Make(Emoji);
        EmojiBatches one = new(new SceneComposer(Emoji, seed: 5), tokenizer, 8, 32), same = new(new SceneComposer(Emoji, seed: 5), tokenizer, 8, 32);
        EmojiBatches other = new(new SceneComposer(Emoji, seed: 6), tokenizer, 8, 32);
        _ = one.Read(0);
        float[] expected = [.. one.Read(41).Data.data<float>()];
        Assert.Equal(expected, same.Read(41).Data.data<float>().ToArray());
        Assert.NotEqual(expected, other.Read(41).Data.data<float>().ToArray());
        Assert.NotEqual(expected, same.Read(42).Data.data<float>().ToArray());
        Assert.Equal(one.Read(41).Condition[WordUNet.WordsName].data<long>().ToArray(), same.Read(41).Condition[WordUNet.WordsName].data<long>().ToArray());
    }

    [Fact]
    public void Every_word_of_every_caption_is_in_the_vocabulary()
    {
        WordTokenizer tokenizer = Vocabulary.Make(Emoji);
        Assert.All(Compose(), scene => Assert.Empty(tokenizer.Unknown(scene.Caption)));
    }

    private static IEnumerable<Scene> Compose() => Enumerable.Range(0, Scenes).Select(i => Composer.Compose(i / 32, i % 32));

    private static string? ColourOf(Figure figure) => figure.Colour?.Name ?? figure.Thing.OwnColour;

    private static float[] Draw(Scene scene)
    {
        float[] picture = new float[3 * Side * Side];
        SceneRenderer.Draw(scene, Side, picture);
        return picture;
    }

    private static (float R, float G, float B) Pixel(float[] picture, int x, int y)
    {
        int at = y * Side + x;
        return ((picture[at] + 1) / 2, (picture[at + Side * Side] + 1) / 2, (picture[at + 2 * Side * Side] + 1) / 2);
    }

    // The mean place of the pixels that are not background.
    private static (double X, double Y) Centre(Scene scene)
    {
        float[] picture = Draw(scene);
        double sumX = 0, sumY = 0, count = 0;
        for (int y = 0; y < Side; y++)
            for (int x = 0; x < Side; x++)
            {
                (float r, float g, float b) = Pixel(picture, x, y);
                if (MathF.Abs(r - scene.Background.Red) + MathF.Abs(g - scene.Background.Green) + MathF.Abs(b - scene.Background.Blue) < 0.03) continue;
                (sumX, sumY, count) = (sumX + x, sumY + y, count + 1);
            }
        return count == 0 ? (scene.Figures[0].X + 16, scene.Figures[0].Y + 16) : (sumX / count, sumY / count);
    }

    private static EmojiSet MakeEmoji() => new(
    [
        .. HeldOut.Pairs.Select(pair => Plain(pair.Thing, null, EmojiGroup.Animals, (200, 120, 40))),
        Plain("apple", "red", EmojiGroup.Food, (220, 40, 40)), Plain("heart", "green", EmojiGroup.Smileys, (40, 180, 60)),
        Plain("stone", null, EmojiGroup.Objects, (120, 120, 125)), Plain("alarm clock", null, EmojiGroup.Objects, (230, 30, 30)),
        Plain("flag france", null, EmojiGroup.Flags, (30, 30, 230)),
    ]);

    // A disc of one colour: its centre tells its hue, its outline its place.
    private static Thing Plain(string name, string? colour, EmojiGroup group, (byte R, byte G, byte B) rgb)
    {
        byte[] pixels = new byte[Side * Side * 4];
        for (int i = 0; i < Side * Side; i++)
        {
            double dx = i % Side - 31.5, dy = i / Side - 31.5;
            if (dx * dx + dy * dy > 28 * 28) continue;
            (pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2], pixels[4 * i + 3]) = (rgb.R, rgb.G, rgb.B, 255);
        }
        return new(name, colour, ["shiny"], group, [new Look(null, new Sprite(pixels))]);
    }
}
