using Levare.Codecs;
using Levare.Conditioning.Prompts;
using Levare.Pipelines;
using Levare.Weights;
using Levare.Runtime;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

public sealed class ImageModelTests : IDisposable
{
    private static readonly ImageRequest Star = new("star") { Seed = 3 };
    private readonly TinyModel _folder = new();
    private readonly ImageModel _model;

    public ImageModelTests() => _model = ImageModel.Load(_folder.Folder);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void The_same_request_gives_the_same_bytes_alone_and_among_eight_threads()
    {
        ImageRequest[] requests = [.. Star.Repeat(4), .. (Star with { Prompt = "box", Sampler = "euler" }).Repeat(4)];
        byte[][] alone = [.. requests.Select(request => _model.Generate(request).Encode())];
        byte[][] together = [.. requests.AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(request => _model.Generate(request).Encode())];
        Assert.Equal(alone, together);
        Assert.Equal(8, alone.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public async Task Steps_arrive_in_order_and_the_last_one_holds_the_picture()
    {
        List<ImageStep> steps = [];
        await foreach (ImageStep step in _model.StreamAsync(Star)) steps.Add(step);
        Assert.Equal([0, 1, 2, 3, 4], steps.Select(step => step.Index));
        Assert.All(steps, step => Assert.Equal((5, 8, 8), (step.Count, step.Preview.Width, step.Preview.Height)));
        Assert.All(steps[..^1], step => Assert.Null(step.Result));
        Assert.Equal(_model.Generate(Star).Encode(), steps[^1].Result!.Encode());
        Assert.Equal(steps[^1].Noisy.Bytes, steps[^1].Result!.Image.Bytes);
    }

    [Fact]
    public async Task A_cancelled_request_stops_before_its_next_evaluation()
    {
        using CancellationTokenSource stop = new();
        List<int> seen = [];
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Run(() =>
        {
            foreach (ImageStep step in _model.Steps(Star with { Steps = 1000 }, stop.Token))
            {
                seen.Add(step.Index);
                if (step.Index == 2) stop.Cancel();
            }
        }));
        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public async Task Leaving_the_stream_early_ends_its_thread()
    {
        await foreach (ImageStep step in _model.StreamAsync(Star with { Steps = 1_000 }))
            if (step.Index == 1) break;
        // The thread was joined: nothing uses the network any more, so it may go.
        _model.Dispose();
    }

    [Fact]
    public void The_recipe_in_the_file_makes_the_same_picture()
    {
        string path = Path.Combine(_folder.Folder, "out.png");
        ImageResult made = _model.Generate(Star with { Negative = "box", Guidance = 1.5, Steps = 4, Sampler = "DPM++ 2M", Grid = "Karras" });
        made.Save(path);
        ImageRecipe recipe = ImageRecipe.Read(path)!;
        Assert.Equal(made.Recipe, recipe);
        Assert.Equal(("dpm++2m", "karras", 4), (recipe.Sampler, recipe.Grid, recipe.Steps));
        Assert.Equal(made.Encode(), _model.Generate(recipe.ToRequest()).Encode());
        using FileStream file = File.OpenRead(path);
        Assert.Equal(
            $"star\nNegative prompt: box\nSteps: 4, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 1.5, Seed: 3, Size: 8x8, "
            + $"Model hash: {recipe.Fingerprint[..10]}, Model: {Path.GetFileName(_folder.Folder)}, Version: Levare 0.1.0",
            PngText.Read(file)[ImageRecipe.ParametersKeyword]);
    }

    [Fact]
    public void Guidance_costs_a_second_row_of_each_evaluation_and_none_is_the_plain_model()
    {
        Assert.Equal(10, _model.Generate(Star).Evaluations);
        Assert.Equal(5, _model.Generate(Star with { Guidance = 1 }).Evaluations);
        Assert.NotEqual(_model.Generate(Star with { Guidance = 1 }).Image.Bytes, _model.Generate(Star with { Guidance = 3 }).Image.Bytes);
    }

    [Fact]
    public void Outside_its_interval_guidance_is_not_evaluated()
    {
        _folder.Write("levare.json", """{"steps": 5, "guidance": 2, "guidance_from": 1e6, "guidance_to": 1e7}""");
        using ImageModel model = ImageModel.Load(_folder.Folder);
        Assert.Equal(5, model.Generate(Star).Evaluations);
        Assert.Equal(model.Generate(Star with { Guidance = 1 }).Image.Bytes, model.Generate(Star).Image.Bytes);
    }

    [Fact]
    public void Initial_latents_take_the_place_of_the_first_draw()
    {
        using Tensor noise = randn(1, 3, 8, 8);
        using Levare.Sampling.SeededNoise seeded = new(Star.Seed);
        using Tensor first = seeded.Draw(1, 3, 8, 8);
        Assert.NotEqual(_model.Generate(Star).Image.Bytes, _model.Generate(Star with { InitialLatents = new(noise) }).Image.Bytes);
        Assert.Equal(_model.Generate(Star).Image.Bytes, _model.Generate(Star with { InitialLatents = new(first) }).Image.Bytes);
    }

    [Theory]
    [InlineData("stat", "unknown class 'stat': did you mean star?")]
    [InlineData("3", "there is no class 3: this model's classes are 0 to 2.")]
    public void A_prompt_that_means_nothing_to_the_model_says_what_would(string prompt, string message) =>
        Assert.Equal(message, Assert.ThrowsAny<ArgumentException>(() => _model.Generate(new(prompt))).Message);

    [Fact]
    public void Requests_that_do_not_fit_say_what_would()
    {
        Assert.Equal("unknown sampler 'dpmm': did you mean dpm++2m?", Fault(Star with { Sampler = "dpmm" }));
        Assert.Equal("unknown grid 'karas': did you mean karras?", Fault(Star with { Grid = "karas" }));
        Assert.Equal("9x8 does not fit this model: both sides must be multiples of 2 (it was trained at 8x8).", Fault(Star with { Size = new(9, 8) }));
        Assert.Equal("0 steps cannot be taken: 1 or more.", Fault(Star with { Steps = 0 }));
        using Tensor noise = zeros(1, 3, 4, 4);
        Assert.Equal("the initial latents are [1, 3, 4, 4], where [1, 3, 8, 8] is needed.", Fault(Star with { InitialLatents = new(noise) }));
        Assert.Equal("the grid karras makes levels of its own: leave out either it or the timesteps and sigmas.", Fault(Star with { Grid = "karras", Timesteps = [900, 300] }));
        Assert.Equal("eta is a setting of the model's own scheduler, and dpm++2m takes its place: leave out either.", Fault(Star with { Sampler = "dpm++2m", Eta = 1 }));
        string Fault(ImageRequest request) => Assert.ThrowsAny<ArgumentException>(() => _model.Generate(request)).Message;
    }

    [Fact]
    public void Eta_is_refused_by_a_scheduler_that_has_none() =>
        Assert.Equal("the model's scheduler, EulerDiscreteScheduler, has no eta (those that have: DDIMParallelScheduler, DDIMScheduler, TCDScheduler): leave it out.",
            Assert.Throws<RequestException>(() => _model.Generate(Star with { Eta = 0.5 })).Message);

    [Fact]
    public void Of_a_wrong_file_of_latents_only_some_keys_are_named()
    {
        using TemporaryFolder folder = new();
        using Tensor any = zeros(1);
        SafetensorsWriter.Write(folder.File("x.safetensors"), Enumerable.Range(0, 8).Select(i => KeyValuePair.Create($"k{i}", any)));
        Assert.EndsWith("but: k0, k1, k2, k3, k4 and 3 more.", Assert.Throws<InvalidDataException>(() => Latents.Load(folder.File("x.safetensors"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_model_could_only_pass_over_is_refused()
    {
        Assert.Contains("a negative prompt works through guidance", Fault(Star with { Guidance = 1, Negative = "box" }), StringComparison.Ordinal);
        Assert.Contains("a negative prompt works through guidance", Fault(Star with { Guidance = 1, SecondNegative = "box" }), StringComparison.Ordinal);
        Assert.Contains("leave out the rescale", Fault(Star with { Guidance = 1, GuidanceRescale = 0.5 }), StringComparison.Ordinal);
        Assert.Contains("no text encoder whose layers", Fault(Star with { ClipSkip = 1 }), StringComparison.Ordinal);
        Assert.Contains("leave out the syntax Weighted", Fault(Star with { Syntax = PromptSyntax.Weighted }), StringComparison.Ordinal);
        Assert.Contains("no second text encoder", Fault(Star with { SecondPrompt = "box" }), StringComparison.Ordinal);
        Assert.Contains("not told of sizes", Fault(Star with { Micro = new() { CropTop = 4 } }), StringComparison.Ordinal);
        string Fault(ImageRequest request) => Assert.Throws<RequestException>(() => _model.Generate(request)).Message;
    }

    [Fact]
    public void Levels_that_are_asked_for_take_the_place_of_the_model_s_own_grid()
    {
        _folder.Write("levare.json", """{"steps": 5, "grid": "karras"}""");
        using ImageModel model = ImageModel.Load(_folder.Folder);
        ImageRequest request = Star with { Timesteps = [900, 300], Guidance = 1 };
        Assert.Equal("karras", model.Generate(Star).Recipe.Grid);
        Assert.Null(model.Generate(request).Recipe.Grid);
        Assert.Equal(_model.Generate(request).Image.Bytes, model.Generate(request).Image.Bytes);
    }

    [Fact]
    public void A_class_has_several_names_and_a_number()
    {
        byte[] square = _model.Generate(Star with { Prompt = "square" }).Image.Bytes;
        Assert.Equal(square, _model.Generate(Star with { Prompt = " Box " }).Image.Bytes);
        Assert.Equal(square, _model.Generate(Star with { Prompt = "1" }).Image.Bytes);
    }

    [Fact]
    public void The_variant_that_was_asked_for_is_read_and_named_in_the_recipe()
    {
        string unet = Path.Combine(_folder.Folder, "unet");
        File.Copy(Path.Combine(unet, "diffusion_pytorch_model.safetensors"), Path.Combine(unet, "diffusion_pytorch_model.fp16.safetensors"));
        using ImageModel model = ImageModel.Load(_folder.Folder, new() { Variant = "fp16" });
        Assert.Equal("fp16", ImageRecipe.Parse(model.Generate(Star).Recipe.ToJson()).Variant);
        Assert.Null(_model.Generate(Star).Recipe.Variant);
        Assert.Contains("'bf16'; it has the variants", Assert.Throws<FileNotFoundException>(() => ImageModel.Load(_folder.Folder, new() { Variant = "bf16" })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unet/config.json", true)]
    [InlineData("text_encoder/pytorch_model.bin", true)]
    [InlineData("unet/diffusion_pytorch_model.safetensors", true)]
    [InlineData("README.md", false)]
    public void A_model_s_fingerprint_is_that_of_its_settings_and_weights(string file, bool counts)
    {
        string before = ModelFingerprint.Of(_folder.Folder);
        Directory.CreateDirectory(Path.Combine(_folder.Folder, "text_encoder"));
        File.AppendAllText(Path.Combine(_folder.Folder, file), " ");
        Assert.Equal(counts, before != ModelFingerprint.Of(_folder.Folder));
    }

    [Fact]
    public void A_folder_without_a_model_names_the_nearest()
    {
        string near = _folder.Folder[..^1];
        Assert.Contains($"did you mean {_folder.Folder}?", Assert.Throws<DirectoryNotFoundException>(() => ImageModel.Load(near)).Message, StringComparison.Ordinal);
        _folder.Write("model_index.json", """{"_class_name": "PoetryPipeline"}""");
        Assert.Contains("holds a PoetryPipeline, which is not supported; supported are: ",
            Assert.Throws<NotSupportedException>(() => ImageModel.Load(_folder.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_precision_on_this_processor_is_refused_with_a_reason_and_bf16_works()
    {
        Assert.Contains("--dtype bf16", Assert.Throws<NotSupportedException>(() => ImageModel.Load(_folder.Folder, new() { Dtype = "fp16" })).Message, StringComparison.Ordinal);
        using ImageModel model = ImageModel.Load(_folder.Folder, new() { Dtype = "bf16" });
        ImageResult result = model.Generate(Star);
        Assert.Equal("bf16", result.Recipe.Dtype);
        Assert.NotEqual(_model.Generate(Star).Image.Bytes, result.Image.Bytes);
    }

    [Fact]
    public void A_device_that_is_not_there_is_named()
    {
        Assert.Equal("unknown device 'cdua': did you mean cuda?", Assert.Throws<UnknownNameException>(() => ComputeDevice.Parse("cdua")).Message);
        Assert.SkipWhen(cuda.is_available(), "this machine has a GPU");
        Assert.Contains("without CUDA", Assert.Throws<PlatformNotSupportedException>(() => ComputeDevice.Parse("cuda")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_pictures_leave_no_tensors_behind()
    {
        // Counted for this thread alone: other tests run at the same time.
        long before = LiveTensors.Count;
        for (int i = 0; i < 5; i++) _ = _model.Generate(Star with { Seed = i });
        Assert.Equal(before, LiveTensors.Count);
    }
}
