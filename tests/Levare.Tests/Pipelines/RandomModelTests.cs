using System.Diagnostics;
using Levare.Networks.Autoencoders;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

public sealed class RandomModelTests
{
    [Fact]
    public void The_second_load_of_a_model_of_full_size_takes_under_a_second_and_hardly_any_memory()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("LEVARE_LARGE_TESTS") == "1", "set LEVARE_LARGE_TESTS=1 to write and load a model of 4.3 GB");
        using TemporaryFolder folder = new();
        string model = Environment.GetEnvironmentVariable("LEVARE_LARGE_MODEL") ?? folder.File("sd15");
        if (!Directory.Exists(model)) RandomModel.Write(model, RandomModelKind.StableDiffusion15, seed: 1, ScalarType.Float32);
        Load(model).ForEach(network => network.Dispose());
        long before = PrivateMemory();
        Stopwatch watch = Stopwatch.StartNew();
        List<IDisposable> loaded = Load(model);
        TimeSpan time = watch.Elapsed;
        long grown = PrivateMemory() - before;
        TestContext.Current.TestOutputHelper?.WriteLine($"{time.TotalMilliseconds:f0} ms, {grown >> 20} MiB");
        loaded.ForEach(network => network.Dispose());
        Assert.InRange(time.TotalSeconds, 0, 1);
        Assert.InRange(grown >> 20, -512, 512);
    }

    [Fact]
    public void A_new_model_needs_a_folder_of_its_own_and_weights_that_are_stored_as_numbers_of_a_float_type()
    {
        using TemporaryFolder folder = new();
        folder.Write("kept.txt", "kept");
        Assert.Contains("is not empty", Assert.Throws<IOException>(() => RandomModel.Write(folder.Path, RandomModelKind.StableDiffusion15)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => RandomModel.Write(folder.File("new"), RandomModelKind.StableDiffusion15, type: ScalarType.Int8));
        Assert.False(Directory.Exists(folder.File("new")));
    }

    private static List<IDisposable> Load(string path)
    {
        ModelFiles model = ModelFiles.Open(path);
        return [UNet2DCondition.Load(model.Component("unet")), Autoencoder.Load(model.Component("vae")), ClipTextModel.Load(model.Component("text_encoder"))];
    }

    private static long PrivateMemory()
    {
        using Process process = Process.GetCurrentProcess();
        return File.Exists("/proc/self/status")
            ? long.Parse(File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssAnon:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10
            : process.PrivateMemorySize64;
    }
}
