using System.Collections.Immutable;
using Levare.Codecs;
using Levare.Pipelines;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.BoxModel;

/// <summary>The prompts that pictures are made of to see how far a model is, and their grid.</summary>
internal static class Sheet
{
    private const int Columns = 8;

    public static readonly ImmutableArray<string> Prompts =
    [
        "red apple", "cat", "pizza", "robot", "crown", "rocket", "smiling face with sunglasses", "owl",
        "blue apple", "green dog face", "green heart", "orange owl", "pink automobile", "purple cat", "red umbrella", "yellow octopus",
        "cat on a blue background", "pizza to the left of robot", "owl above red apple", "small crown at the top left",
        "small rocket at the bottom right on a green background", "purple rocket", "cat to the left of dog", "octopus on a yellow background",
    ];

    /// <summary>Draws prompts (those of <see cref="Prompts"/> without a file), one after the other, with seeds 0, 1, 2, ...</summary>
    public static void Draw(string model, string? prompts, string path)
    {
        using ImageModel opened = ImageModel.Load(model);
        IReadOnlyList<string> texts = prompts is null ? Prompts : [.. File.ReadLines(prompts).Where(line => line.Length > 0)];
        using var scope = NewDisposeScope();
        Write(path, stack([.. texts.Select((text, i) => PixelCodec.Encode(opened.Generate(new ImageRequest(text) { Seed = i }).Image))], 0));
    }

    /// <summary>Writes [count, 3, side, side] in -1..1 as rows of eight with thin lines between.</summary>
    public static void Write(string path, Tensor pictures, int enlarge = 1)
    {
        using var scope = NewDisposeScope();
        Tensor shown = nn.functional.interpolate(pictures.detach().to(ScalarType.Float32).clamp(-1, 1), scale_factor: [enlarge, enlarge], mode: InterpolationMode.Nearest);
        Tensor framed = nn.functional.pad(shown, [1, 1, 1, 1], PaddingModes.Constant, 0.6);
        (long count, long side) = (framed.shape[0], framed.shape[2]);
        long rows = (count + Columns - 1) / Columns;
        if (rows * Columns > count) framed = cat([framed, ones(rows * Columns - count, 3, side, side)], 0);
        Tensor grid = framed.view(rows, Columns, 3, side, side).permute(2, 0, 3, 1, 4).reshape(1, 3, rows * side, Columns * side);
        File.WriteAllBytes(path, ImageEncoder.Encode(PixelCodec.Decode(grid.squeeze(0))));
    }
}
