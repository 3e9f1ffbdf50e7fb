using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Tasks;
using Levare.Verification;
using Xunit;

namespace Levare.Tests.Pipelines.StableDiffusion;

/// <summary>SDXL and its refiner in one call, against the pictures of the two Python pipelines one after the other.</summary>
public sealed class RefinerTests : IDisposable
{
    private readonly GoldenCase _first = Golden.Open("sd/sdxl_denoising_end"), _second = Golden.Open("sd/sdxl_refiner");
    private readonly ImageModel _model, _refiner;
    private readonly ImageRequest _request;

    public RefinerTests()
    {
        _model = ImageModel.Load(Path.Combine(_first.Folder, _first.Json.GetProperty("model").GetString()!));
        _refiner = ImageModel.Load(Path.Combine(_second.Folder, _second.Json.GetProperty("model").GetString()!));
        System.Text.Json.JsonElement call = _first.Json.GetProperty("call");
        _request = new(call.GetProperty("prompt").GetString()!)
        {
            Negative = call.GetProperty("negative_prompt").GetString(),
            Seed = call.GetProperty("generator").GetProperty("seed").GetInt64(),
            Steps = call.GetProperty("num_inference_steps").GetInt32(),
            Size = new(call.GetProperty("width").GetInt32(), call.GetProperty("height").GetInt32()),
        };
    }

    public void Dispose()
    {
        _model.Dispose();
        _refiner.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void A_refiner_takes_the_last_part_of_the_way_in_one_run()
    {
        ImageStep[] steps = [.. _model.Steps(_request with { Refiner = new(_refiner) })];
        Assert.Equal(Enumerable.Range(0, 10), steps.Select(step => step.Index));
        Assert.All(steps, step => Assert.Equal(10, step.Count));
        Assert.All(steps[..^1], step => Assert.Null(step.Result));
        RawImage expected = ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(_second.Folder, "output.png"))), actual = steps[^1].Result!.Image;
        Assert.True(expected.ToChannels(3).Bytes.Zip(actual.Bytes).All(pair => Math.Abs(pair.First - pair.Second) <= 1), "more than 1 of 255 away");
        Assert.Equal(0.8, steps[^1].Result!.Recipe.SwitchAt);
        Assert.Equal(20, steps[^1].Result!.Evaluations);
    }

    [Fact]
    public void Two_runs_of_the_parts_give_what_one_run_gives()
    {
        ImageResult begun = _model.Generate(_request with { Until = 0.6 });
        ImageResult parts = _refiner.Generate(_request with { Task = new ContinueFrom(begun.Latents, 0.6), Size = null });
        ImageResult whole = _model.Generate(_request with { Refiner = new(_refiner, 0.6) });
        Assert.Equal(whole.Image.Bytes, parts.Image.Bytes);
    }

    [Fact]
    public void In_a_batch_each_picture_is_refined_as_it_is_alone()
    {
        ImageRequest refined = _request with { Refiner = new(_refiner), Steps = 5 };
        IReadOnlyList<ImageResult> batch = _model.GenerateBatch([refined, refined with { Seed = 3, Prompt = "a cat" }]);
        Assert.True(_model.Generate(refined).Image.Bytes.Zip(batch[0].Image.Bytes).All(pair => Math.Abs(pair.First - pair.Second) <= 1));
        Assert.NotEqual(batch[0].Image.Bytes, batch[1].Image.Bytes);
    }

    [Fact]
    public void What_a_refiner_cannot_go_on_from_is_refused()
    {
        Assert.Contains("leave out either", Refused(_request with { Refiner = new(_refiner), Until = 0.5 }), StringComparison.Ordinal);
        Assert.Contains("not from Inpaint", Refused(_request with { Refiner = new(_refiner), Task = new Inpaint(TinyLatentModel.Picture(64, 64), TinyLatentModel.RightHalf(64, 64)) }), StringComparison.Ordinal);
        Assert.Contains("above 0 and below 1", Assert.Throws<ArgumentException>(() => _model.Generate(_request with { Refiner = new(_refiner, 1) })).Message, StringComparison.Ordinal);
        Assert.Contains("it needs a picture", Assert.Throws<RequestException>(() => _refiner.Generate(_request)).Message, StringComparison.Ordinal);
    }

    private string Refused(ImageRequest request) => Assert.Throws<RequestException>(() => _model.Generate(request)).Message;
}
