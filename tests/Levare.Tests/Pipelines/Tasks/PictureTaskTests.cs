using Levare.Codecs;
using Levare.Conditioning;
using Levare.Data;
using Levare.Networks.Autoencoders;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Spaces;
using Levare.Pipelines.Tasks;
using Levare.Sampling;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Tasks;

/// <summary>Tasks whose networks see a picture: instructions, larger pictures, variations; and the rest of a way.</summary>
public sealed class PictureTaskTests : IDisposable
{
    private static readonly RawImage Picture = TinyLatentModel.Picture();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyLatentModel _model = new(), _edits = new(inputChannels: 8), _enlarges = new(inputChannels: 7, classes: 100);

    public void Dispose()
    {
        _model.Dispose();
        _edits.Dispose();
        _enlarges.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Instructions_are_for_the_likeliest_latents_of_the_picture_and_nothing_is_no_picture()
    {
        TaskStart start = Start(_edits, new InstructPix2Pix(Picture), new RecordedNoise([zeros(1, 4, 8, 8)]));
        using var noGradient = no_grad();
        Tensor latents = ((LatentSpace)_edits.Parts.Space).Codec.Encode(ImagePreprocessor.Picture.Encode(Picture)).Mode;
        Assert.True(start.Condition[ConditionNames.Channels].equal(latents).all().item<bool>());
        Assert.Equal(0, start.NegativeCondition![ConditionNames.Channels].abs().sum().item<float>());
    }

    [Fact]
    public void Instructions_can_be_told_latents_in_the_scale_of_training()
    {
        LatentScale scale = new() { Factor = 0.5 };
        RecordedNoise Noise() => new([zeros(1, 4, 8, 8)]);
        Tensor plain = Start(_edits, new InstructPix2Pix(Picture), Noise()).Condition[ConditionNames.Channels];
        using TaskContext context = Context(_edits, new InstructPix2Pix(Picture), Noise(), parts => parts with { ToldPictureScale = scale });
        Assert.True((context.Plan.Batch.Task.Start(context).Condition[ConditionNames.Channels] - plain * 0.5).abs().max().item<float>() < 1e-6);
    }

    [Theory]
    [InlineData(7.5, 1.5, true)]
    [InlineData(7.5, 1, true)]
    [InlineData(7.5, 0.9, false)]
    [InlineData(1, 1.5, false)]
    public void Guidance_of_instructions_needs_both_scales(double words, double picture, bool isGuided) =>
        Assert.Equal(isGuided, new InstructPix2Pix(Picture) { ImageGuidance = picture }.GuidanceOf(words, 0, _edits.Parts) is ImageGuidance.WordsAndPicture);

    [Fact]
    public void A_picture_with_instructions_is_the_same_alone_and_in_a_batch()
    {
        ImageBatch Batch(params int[] prompts) => _edits.Batch(prompts) with { Task = new InstructPix2Pix(Picture), Guidance = new ImageGuidance.WordsAndPicture(3, 1.5) };
        Tensor alone = LatentPipelineTests.Run(_edits, Batch(2), 5).State, together = LatentPipelineTests.Run(_edits, Batch(1, 2), 4, 5).State;
        Assert.True((together[1] - alone[0]).abs().max().item<float>() < 1e-4 * alone.abs().max().item<float>());
    }

    [Fact]
    public void A_larger_picture_is_told_the_small_one_with_noise_of_a_level_and_that_level()
    {
        TinyLatentModel model = _enlarges;
        Upscale task = new(TinyLatentModel.Picture(10, 6)) { NoiseLevel = 12 };
        Upscaling upscaling = new(model.Parts.Scheduler with { ClassName = "DDPMScheduler" }, 50);
        Tensor noise = randn(1, 3, 6, 10);
        using TaskContext context = Context(model, task, new RecordedNoise([noise, zeros(1, 4, 6, 10)]), parts => parts with { Upscaling = upscaling });
        Assert.Equal(new ImageSize(20, 12), context.Plan.Size);
        TaskStart start = task.Start(context);
        Tensor clean = (ImagePreprocessor.Picture with { Multiple = 2 }).Encode(TinyLatentModel.Picture(10, 6));
        // The first betas of a scaled linear schedule are small: almost all of the picture is there.
        Tensor told = start.Condition[ConditionNames.Channels], rest = told - clean;
        Assert.InRange(rest.std().item<float>() / noise.std().item<float>(), 0.05, 0.2);
        Assert.Equal(12, start.Condition[ConditionNames.ClassLabels].item<long>());
    }

    [Fact]
    public void Larger_pictures_that_the_model_cannot_make_are_refused()
    {
        Upscale task = new(Picture);
        Assert.Contains("does not make pictures larger", Refused(_model, task), StringComparison.Ordinal);
        Assert.Contains("2 times as large, 32x32, not 16x16", Refused(_model, task, new(16, 16)), StringComparison.Ordinal);
        Upscaling upscaling = new(_enlarges.Parts.Scheduler with { ClassName = "DDPMScheduler" }, 50);
        using TaskContext context = Context(_enlarges, task with { NoiseLevel = 51 }, new RecordedNoise([]), parts => parts with { Upscaling = upscaling });
        Assert.Contains("knows 0 to 50", Assert.Throws<RequestException>(() => context.Plan.Batch.Task.Start(context)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_of_words_refuse_instructions_and_variations()
    {
        Assert.Contains("takes no instructions", Refused(_model, new InstructPix2Pix(Picture)), StringComparison.Ordinal);
        Assert.Contains("told words, not pictures", Refused(_model, new ImageVariation(Picture)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_rest_of_a_way_begins_with_the_state_as_it_is_and_draws_nothing()
    {
        using Tensor state = randn(1, 4, 6, 8);
        TaskStart start = Start(_model, new ContinueFrom(new(state), 0.5), new RecordedNoise([]));
        Assert.True(start.State.equal(state).all().item<bool>());
        ImagePlan plan = _model.Pipeline.Plan(_model.Batch(1) with { Task = new ContinueFrom(new(state), 0.5) });
        Assert.Equal((new ImageSize(16, 12), 2), (plan.Size, plan.Slice.Count));
    }

    [Fact]
    public void A_picture_can_be_taken_for_one_on_the_way_so_that_no_noise_is_added()
    {
        ImageToImage task = new(Picture) { From = 0.5 };
        using Tensor draw = randn(1, 4, 8, 8);
        TaskStart start = Start(_model, task, new RecordedNoise([draw]));
        using TaskContext context = Context(_model, task, new RecordedNoise([draw]));
        using var noGradient = no_grad();
        Assert.True(start.State.equal(context.Encode(context.Pixels(Picture))).all().item<bool>());
        Assert.Equal(2, context.Plan.Slice.Count);
    }

    [Fact]
    public void Runs_that_set_out_without_noise_refuse_initial_latents()
    {
        using Tensor state = randn(1, 4, 8, 8), noise = randn(1, 4, 8, 8);
        foreach (ImageTask task in new ImageTask[] { new ContinueFrom(new(state), 0.5), new ImageToImage(Picture) { From = 0.5 } })
        {
            ImageBatch batch = _model.Batch(1) with { Task = task, InitialLatents = new(noise) };
            Assert.Contains("leave out the initial latents", Assert.Throws<RequestException>(() => LatentPipelineTests.Run(_model, batch, 3)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_state_of_another_kind_is_refused()
    {
        using Tensor state = randn(1, 3, 6, 8), own = randn(1, 4, 6, 8);
        Assert.Contains("[1, 3, 6, 8], where [pictures, 4, height, width]", Refused(_model, new ContinueFrom(new(state), 0.5)), StringComparison.Ordinal);
        Assert.Contains("of a picture of 16x12, not 32x32", Refused(_model, new ContinueFrom(new(own), 0.5), new(32, 32)), StringComparison.Ordinal);
    }

    private static string Refused(TinyLatentModel model, ImageTask task, ImageSize? size = null) =>
        Assert.Throws<RequestException>(() => LatentPipelineTests.Run(model, model.Batch(1) with { Task = task, Size = size }, 3)).Message;

    private static TaskStart Start(TinyLatentModel model, ImageTask task, RecordedNoise noise)
    {
        TaskContext context = Context(model, task, noise);
        using var noGradient = no_grad();
        return task.Start(context);
    }

    private static TaskContext Context(TinyLatentModel model, ImageTask task, RecordedNoise noise, Func<ImageModelParts, ImageModelParts>? change = null)
    {
        ImageModelParts parts = change?.Invoke(model.Parts) ?? model.Parts;
        return new(new ImagePipeline(parts, CPU).Plan(model.Batch(1) with { Task = task }), parts, noise, CPU);
    }
}
