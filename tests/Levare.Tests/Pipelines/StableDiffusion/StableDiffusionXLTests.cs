using Levare.Pipelines;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Pipelines.StableDiffusion;

public sealed class StableDiffusionXLTests
{
    [Fact]
    public void Eight_requests_at_once_give_the_bits_that_each_gives_alone()
    {
        using GoldenCase golden = Golden.Open("sd/sdxl_euler_a");
        using ImageModel model = ImageModel.Load(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!));
        ImageRequest[] requests = [.. Enumerable.Range(0, 8).Select(i => new ImageRequest($"cat number {i}") { Seed = i, Steps = 2, Size = new(64, 32 + 8 * (i % 3)), Sampler = i % 2 == 0 ? null : "euler-a" })];
        byte[][] alone = [.. requests.Select(request => model.Generate(request).Image.Bytes)], together = new byte[requests.Length][];
        Thread[] threads = [.. requests.Select((request, i) => new Thread(() => together[i] = model.Generate(request).Image.Bytes))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Equal(alone, together);
    }
}
