using System.Text.RegularExpressions;
using Levare.Pipelines;
using Levare.Runtime;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Pipelines.Budgets;

/// <summary>Models that may take little memory: the same pictures, or a refusal.</summary>
public sealed partial class MemoryBudgetTests : IDisposable
{
    private static readonly ImageRequest Fox = new("a red fox") { Negative = "fog", Seed = 3, Steps = 3, Size = new(64, 64) };
    private readonly GoldenCase _golden = Golden.Open("sd/sd15_textual_inversion1");
    private readonly string _folder;

    public MemoryBudgetTests() => _folder = Path.Combine(_golden.Folder, _golden.Json.GetProperty("model").GetString()!);

    public void Dispose() => _golden.Dispose();

    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void The_least_that_refusals_name_is_enough_for_the_same_picture_and_less_is_not(string type)
    {
        using ImageModel plain = ImageModel.Load(_folder, new() { Dtype = type });
        using ImageModel tight = LoadTight(type, Fox);
        ImageResult expected = plain.Generate(Fox), actual = tight.Generate(Fox);
        AssertSame(expected, actual);
        Assert.Null(actual.Recipe.Tiled);
        Assert.Equal(expected.Evaluations, actual.Evaluations);
        Assert.Contains("of memory at least", Assert.Throws<RequestException>(() => tight.Generate(Fox with { Size = new(2048, 2048) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Much_memory_changes_nothing()
    {
        using ImageModel plain = ImageModel.Load(_folder), wide = ImageModel.Load(_folder, new() { MaxMemory = MemorySize.Parse("64GiB") });
        Assert.Equal(plain.Generate(Fox).Image.Bytes, wide.Generate(Fox).Image.Bytes);
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void Requests_beside_each_other_find_the_weights_that_they_need(string type)
    {
        using ImageModel tight = LoadTight(type, Fox);
        ImageRequest[] requests = [.. Fox.Repeat(4), .. (Fox with { Sampler = "euler", Prompt = "a boat" }).Repeat(4)];
        byte[][] alone = [.. requests.Select(request => tight.Generate(request).Image.Bytes.ToArray())];
        byte[][] together = [.. requests.AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(request => tight.Generate(request).Image.Bytes.ToArray())];
        Assert.Equal(alone, together);
    }

    [Fact]
    public void Nothing_is_left_behind_by_requests_whose_weights_come_and_go()
    {
        using ImageModel tight = LoadTight("bf16", Fox);
        ImageRequest quick = Fox with { Steps = 1 };
        tight.Generate(quick);
        long before = LiveTensors.Count;
        for (int i = 0; i < 20; i++) tight.Generate(quick with { Seed = i });
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void A_run_that_is_left_in_the_middle_lets_go_of_its_weights()
    {
        using ImageModel tight = LoadTight("bf16", Fox);
        ImageResult expected = tight.Generate(Fox);
        long before = LiveTensors.Count;
        foreach (ImageStep _ in tight.Steps(Fox)) break;
        Assert.Equal(before, LiveTensors.Count);
        Assert.Equal(expected.Image.Bytes, tight.Generate(Fox).Image.Bytes);
    }

    [Fact]
    public void Pictures_that_cannot_be_decoded_whole_are_decoded_in_tiles_and_say_so()
    {
        ImageRequest large = Fox with { Size = new(768, 768), Steps = 1 };
        using ImageModel plain = ImageModel.Load(_folder), tight = LoadTight("fp32", large);
        ImageResult whole = plain.Generate(large), tiled = tight.Generate(large);
        Assert.True(tiled.Recipe.Tiled);
        Assert.NotEqual(whole.Image.Bytes, tiled.Image.Bytes);
        Assert.InRange(whole.Image.Bytes.Zip(tiled.Image.Bytes).Average(pair => Math.Abs(pair.First - pair.Second)), 0, 16);
    }

    // A model with the least memory that its refusals name.
    private ImageModel LoadTight(string type, ImageRequest request)
    {
        MemorySize least = Least(Assert.Throws<RequestException>(() => ImageModel.Load(_folder, new() { Dtype = type, MaxMemory = new(1) })));
        ImageModel model = ImageModel.Load(_folder, new() { Dtype = type, MaxMemory = least });
        try
        {
            model.Generate(request);
            return model;
        }
        catch (RequestException refused)
        {
            model.Dispose();
            return ImageModel.Load(_folder, new() { Dtype = type, MaxMemory = Least(refused) });
        }
    }

    private static MemorySize Least(RequestException refused) => MemorySize.Parse(Needed().Match(refused.Message).Groups[1].Value);

    private static void AssertSame(ImageResult expected, ImageResult actual) =>
        Assert.All(expected.Image.Bytes.Zip(actual.Image.Bytes), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));

    [GeneratedRegex(@"needs ([\d.]+ \w+)")]
    private static partial Regex Needed();
}
