using System.Diagnostics;
using Levare.Pipelines;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Weights;

/// <summary>Spoiled model files, each from a seed: they load, or an error says what is wrong with them. Nothing crashes, hangs or takes the memory.</summary>
public sealed class MutatedModelTests
{
    private const long MostMemory = 1L << 30;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("x.safetensors", 90)]
    [InlineData("x.ckpt", 120)]
    [InlineData("x.gguf", 90)]
    public void Single_files_with_something_wrong(string name, int count)
    {
        using TemporaryFolder folder = new();
        string model = TinyModel.Folder(folder.File("model")), sound = TinyModel.SingleFile(model, folder.File("sound.safetensors"));
        string path = name switch
        {
            "x.ckpt" => TinyModel.Pickle(sound, folder.File("sound.ckpt")),
            "x.gguf" => TinyModel.Gguf(sound, folder.File("sound.gguf")),
            _ => sound,
        };
        byte[] bytes = File.ReadAllBytes(path);
        string target = folder.Write(name, bytes);
        Assert.Null(Try(() => Load(target, model)));
        Run(count, name, seed => folder.Write(name, Mutations.Bytes(bytes, new Random(seed))), () => Load(target, model), folder.Path);
    }

    [Theory]
    [InlineData("unet/config.json", 60)]
    [InlineData("vae/config.json", 40)]
    [InlineData("text_encoder/config.json", 40)]
    [InlineData("scheduler/scheduler_config.json", 30)]
    [InlineData("model_index.json", 30)]
    [InlineData("tokenizer/vocab.json", 15)]
    [InlineData("tokenizer/tokenizer_config.json", 15)]
    [InlineData("unet/diffusion_pytorch_model.safetensors.index.json", 40)]
    [InlineData("unet/diffusion_pytorch_model-00001-of-00003.safetensors", 30)]
    public void Files_of_a_folder_with_something_wrong(string name, int count)
    {
        using TemporaryFolder folder = new();
        string model = TinyModel.Folder(folder.File("model"), largestShard: 20_000);
        Assert.Null(Try(() => Load(model)));
        byte[] bytes = File.ReadAllBytes(Path.Combine(model, name));
        Func<byte[], Random, byte[]> mutate = name.EndsWith(".json", StringComparison.Ordinal) ? Mutations.Json : Mutations.Bytes;
        Run(count, name, seed => folder.Write(Path.Combine("model", name), mutate(bytes, new Random(seed))), () => Load(model), folder.Path);
    }

    private static void Run(int count, string name, Action<int> spoil, Action load, string place)
    {
        for (int seed = 0; seed < count; seed++)
        {
            spoil(seed);
            long before = PeakMemory();
            Task<Exception?> work = Task.Run(() => Try(load));
            Assert.True(work.Wait(Longest), $"{name}, seed {seed}: no answer within {Longest.TotalSeconds} s");
            Assert.True(PeakMemory() - before < MostMemory, $"{name}, seed {seed}: {PeakMemory() - before >> 20} MiB");
            if (work.Result is not { } error) continue;
            Assert.True(error is InvalidDataException or NotSupportedException or IOException or KeyNotFoundException, $"{name}, seed {seed}: {error}");
            Assert.True(error.Message.Contains(place, StringComparison.Ordinal), $"{name}, seed {seed}: the error does not name the file: {error}");
        }
    }

    private static void Load(string path, string? configuration = null)
    {
        using var scope = NewDisposeScope();
        using ImageModel model = ImageModel.Load(path, new() { Configuration = configuration });
    }

    private static Exception? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static long PeakMemory()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
