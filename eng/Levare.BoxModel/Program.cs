using System.Diagnostics;
using Levare.BoxModel;
using Levare.Conditioning;
using Levare.Networks;
using Levare.Runtime;
using SkiaSharp;
using TorchSharp;
using static TorchSharp.torch;

NativeTorch.Require();
EmojiSet emoji = EmojiSet.Load(args[1]);
WordTokenizer tokenizer = Vocabulary.Make(emoji);
Console.WriteLine($"{emoji.Things.Length} things, {emoji.Things.Sum(t => t.Looks.Length)} pictures, {emoji.Things.Count(t => t.CanRecolour)} recolourable, vocabulary {tokenizer.Count}");
if (args[0] == "held")
    foreach (var (colour, name) in HeldOut.Pairs)
    {
        Thing[] t = [.. emoji.Things.Where(t => t.Name == name)];
        Console.WriteLine($"{colour} {name}: {t.Length} recolour {string.Join(',', t.Select(x => x.CanRecolour))} own {string.Join(',', t.Select(x => x.NaturalColour))}");
    }
if (args[0] == "look")
{
    SceneComposer composer = new(emoji, 1);
    using SKBitmap sheet = new(8 * 64, 6 * 64, SKColorType.Rgba8888, SKAlphaType.Opaque);
    float[] picture = new float[3 * 64 * 64];
    for (int i = 0; i < 48; i++)
    {
        Scene scene = composer.Compose(long.Parse(args[3]), i);
        Console.WriteLine($"{i / 8},{i % 8}: {scene.Caption}  |{tokenizer.Encode(scene.Caption).Count(n => n > 0)}");
        SceneRenderer.Draw(scene, 64, picture);
        for (int p = 0; p < 4096; p++)
            sheet.SetPixel(i % 8 * 64 + p % 64, i / 8 * 64 + p / 64, new SKColor(B(picture[p]), B(picture[p + 4096]), B(picture[p + 8192])));
    }
    using var file = File.Create(args[2]);
    sheet.Encode(file, SKEncodedImageFormat.Png, 100);
    static byte B(float v) => (byte)Math.Clamp((v + 1) * 127.5f, 0, 255);
}
RunOptions Options(int from) => new(args[from], long.Parse(args[from + 1]), int.Parse(args[from + 2]), double.Parse(args[from + 3]), long.Parse(args[from + 4]));
using CancellationTokenSource stop = new();
using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context => { context.Cancel = true; stop.Cancel(); });
random.manual_seed(1);
if (args[0] == "train-sketch") { set_num_threads(1); new Runs(emoji).TrainSketch(Options(2), stop.Token); }
if (args[0] == "train") { set_num_threads(1); new Runs(emoji).TrainUNet(Options(3), args[2], stop.Token); }
