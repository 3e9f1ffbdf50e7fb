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
if (args[0] == "bench")
{
    int threads = int.Parse(args[2]);
    set_num_threads(threads);
    SceneComposer composer = new(emoji, 1);
    foreach (int side in new[] { 32, 64 })
    {
        EmojiBatches batches = new(composer, tokenizer, 32, side);
        batches.Compose(0);
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 1; i < 11; i++) batches.Compose(i);
        Console.WriteLine($"compose {side}: {clock.ElapsedMilliseconds / 10.0} ms a batch of 32");
    }
    WordUNetOptions options = new(tokenizer.Count, tokenizer.Length) { Channels = (int[])[.. args[3].Split('-').Select(int.Parse)] };
    foreach (var type in args[4].Split(',').Select(n => n == "b" ? ScalarType.BFloat16 : ScalarType.Float32))
    {
        int batch = int.Parse(args[6]);
        foreach (int side in args[5].Split(',').Select(int.Parse))
        {
            DenoisingNetwork network = side == 32 ? new SketchNetwork(options) : new WordUNet(options);
            Console.WriteLine($"{network.GetName()} {network.parameters().Sum(p => p.numel()) / 1e6:F2} M parameters");
            network.to(type);
            EmojiBatches batches = new(composer, tokenizer, batch, side);
            double forward = 0, both = 0;
            int rounds = 6; TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
            for (int i = 0; i < rounds + 2; i++)
            {
                using var scope = NewDisposeScope();
                (Tensor pictures, Condition condition) = batches.ToTensors(batches.Compose(i));
                Stopwatch clock = Stopwatch.StartNew();
                Tensor output = network.forward(pictures.to(type), zeros(batch), condition);
                if (i >= 2) forward += clock.Elapsed.TotalSeconds;
                (output - pictures).square().mean().backward();
                if (i >= 2) both += clock.Elapsed.TotalSeconds;
                network.zero_grad();
            }
            Console.WriteLine($"{network.GetName()} {type} {threads} threads: forward {forward / rounds * 1000:F0} ms, step {both / rounds * 1000:F0} ms = {batch * rounds / both:F0} images/s; cpu {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMilliseconds / (rounds + 2):F0} ms a step");
        }
    }
}
