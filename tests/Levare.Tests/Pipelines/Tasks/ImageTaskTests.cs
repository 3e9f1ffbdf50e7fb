using Levare.Conditioning;
using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Tasks;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Tasks;

public sealed class ImageTaskTests : IDisposable
{
    private static readonly RawImage Picture = TinyLatentModel.Picture(), RightHalf = TinyLatentModel.RightHalf();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyLatentModel _model = new();

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(0.99, 3)]
    [InlineData(0.5, 2)]
    [InlineData(0.25, 1)]
    public void Strength_is_the_share_of_the_steps_that_is_taken_cut_to_whole_ones(double strength, int steps)
    {
        Assert.Equal(steps, Plan(new ImageToImage(Picture) { Strength = strength }).Slice.Count);
        Assert.Equal(steps, Plan(new Inpaint(Picture, RightHalf) { Strength = strength }).Slice.Count);
    }

    [Theory]
    [InlineData(0.2, "A strength of 0.2 leaves none of 4 steps: ask for more strength or more steps. (Parameter 'strength')")]
    [InlineData(1.5, "The strength is 1.5; it is between 0 and 1. (Parameter 'strength')")]
    [InlineData(double.NaN, "The strength is NaN; it is between 0 and 1. (Parameter 'strength')")]
    public void A_strength_that_leaves_nothing_to_do_is_refused(double strength, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Plan(new ImageToImage(Picture) { Strength = strength })).Message);

    [Fact]
    public void The_strength_of_a_distilled_model_is_a_share_of_its_teachers_steps()
    {
        using TinyLatentModel model = new(scheduler: "LCMScheduler");
        ImagePipeline pipeline = new(model.Parts with { Strength = StrengthMeaning.TeacherSteps }, CPU);
        ImagePlan plan = pipeline.Plan(model.Batch(1) with { Task = new ImageToImage(Picture) { Strength = 0.5 } });
        Assert.Equal(4, plan.Slice.Count);
        Assert.True(plan.Slice.Start.Time < 500, $"starts at {plan.Slice.Start.Time}");
    }

    [Fact]
    public void Image_to_image_has_the_pictures_size_cut_to_whole_latents()
    {
        Assert.Equal(new ImageSize(18, 12), Plan(new ImageToImage(TinyLatentModel.Picture(19, 13))).Size);
        Assert.Equal(new ImageSize(16, 8), _model.Pipeline.Plan(_model.Batch(1) with { Task = new ImageToImage(Picture), Size = new(16, 8) }).Size);
    }

    [Fact]
    public void Image_to_image_draws_once_for_one_picture_and_then_the_noise_of_all_results()
    {
        Assert.Equal([[1L, 4, 8, 8], [2L, 4, 8, 8]], Draws(_model, new ImageToImage(Picture)));
        using TinyLatentModel told = new(inputChannels: 9);
        Assert.Equal([[1L, 4, 8, 8], [2L, 4, 8, 8], [1L, 4, 8, 8]], Draws(_model, new Inpaint(Picture, RightHalf)));
        Assert.Equal([[2L, 4, 8, 8], [1L, 4, 8, 8]], Draws(told, new Inpaint(Picture, RightHalf)));
        Assert.Equal([[1L, 4, 8, 8], [2L, 4, 8, 8], [1L, 4, 8, 8]], Draws(told, new Inpaint(Picture, RightHalf) { Strength = 0.5 }));
    }

    [Theory]
    [InlineData(false, 6)]
    [InlineData(true, 4)]
    public void Where_rows_have_sources_of_their_own_each_draws_for_the_picture_that_they_share_or_the_first_for_all(bool byTheFirst, int draws)
    {
        List<Counted> sources = [new(1), new(2)];
        ImagePlan plan = _model.Pipeline.Plan(_model.Batch(1, 2) with { Task = new Inpaint(Picture, RightHalf), PictureDraws = byTheFirst ? PictureDraws.ByTheFirst : PictureDraws.ForEachRow });
        using PerItemNoise noise = new(sources);
        using TaskContext context = new(plan, _model.Parts, noise, CPU);
        plan.Batch.Task.Start(context);
        Assert.Equal((draws, byTheFirst ? 1 : 3), (sources.Sum(source => source.Draws), sources[1].Draws));
    }

    [Fact]
    public void Latents_of_a_picture_are_noised_as_the_picture_is()
    {
        Tensor source = Source(_model);
        LatentsToImage task = new(new(source)) { Strength = 0.5 };
        Assert.Equal(new ImageSize(16, 16), Plan(task).Size);
        Assert.Equal([[2L, 4, 8, 8]], Draws(_model, task));
        using TaskContext context = new(Plan(task), _model.Parts, new SeededNoise(3), CPU);
        using SeededNoise again = new(3);
        Tensor expected = source + again.Draw(1, 4, 8, 8) * Plan(task).Slice.Start.Sigma;
        Assert.True(Plan(task).Batch.Task.Start(context).State.allclose(expected, 1e-5, 1e-5));
    }

    [Fact]
    public void Little_strength_keeps_close_to_the_picture_and_much_goes_away_from_it()
    {
        Tensor source = Source(_model);
        double Distance(double strength) => (Run(_model, new ImageToImage(Picture) { Strength = strength }).State - source).abs().mean().item<float>();
        Assert.True(Distance(0.25) < Distance(1));
    }

    [Fact]
    public void Inpainting_without_a_network_for_it_keeps_the_latents_outside_of_the_mask()
    {
        Tensor state = Run(_model, new Inpaint(Picture, RightHalf)).State, source = Source(_model);
        Assert.True(state.narrow(3, 0, 4).equal(source.narrow(3, 0, 4)).all().item<bool>());
        Assert.False(state.narrow(3, 4, 4).allclose(source.narrow(3, 4, 4)));
    }

    [Fact]
    public void A_network_for_inpainting_sees_the_mask_and_the_rest_of_the_picture()
    {
        using TinyLatentModel told = new(inputChannels: 9);
        ImagePlan plan = told.Pipeline.Plan(told.Batch(1) with { Task = new Inpaint(Picture, RightHalf) });
        using TaskContext context = new(plan, told.Parts, new SeededNoise(3), CPU);
        Tensor channels = plan.Batch.Task.Start(context).Condition[ConditionNames.Channels];
        Assert.Equal([1L, 5, 8, 8], channels.shape);
        Assert.Equal(0, channels[0, 0].narrow(1, 0, 4).sum().item<float>());
        Assert.Equal(32, channels[0, 0].narrow(1, 4, 4).sum().item<float>());
    }

    [Fact]
    public void Work_round_the_mask_alone_leaves_every_other_pixel_of_the_picture()
    {
        RawImage large = TinyLatentModel.Picture(40, 30);
        byte[] mask = new byte[40 * 30];
        for (int y = 10; y < 16; y++) mask.AsSpan(y * 40 + 20, 6).Fill(byte.MaxValue);
        ImageBatch batch = _model.Batch(1) with { Task = new Inpaint(large, new(40, 30, 1, mask)) { Padding = 2 }, Size = new(16, 16) };
        RawImage result = LatentPipelineTests.Run(_model, batch, 3).Pictures[0];
        Assert.Equal((40, 30), (result.Width, result.Height));
        bool[] changed = [.. Enumerable.Range(0, 40 * 30).Select(i => !result.Bytes.AsSpan(i * 3, 3).SequenceEqual(large.Bytes.AsSpan(i * 3, 3)))];
        Assert.All(Enumerable.Range(0, 40 * 30).Where(i => mask[i] == 0), i => Assert.False(changed[i]));
        Assert.Contains(true, changed);
    }

    [Fact]
    public void A_network_that_wants_more_than_the_state_cannot_work_from_words_alone()
    {
        using TinyLatentModel told = new(inputChannels: 9), edited = new(inputChannels: 8);
        Assert.Contains("wants a picture beside", Assert.Throws<RequestException>(() => Run(told, new TextToImage())).Message, StringComparison.Ordinal);
        Assert.Contains("wants a picture beside", Assert.Throws<RequestException>(() => Run(told, new ImageToImage(Picture))).Message, StringComparison.Ordinal);
        Assert.Contains("takes 8 channels, where 4 (any model) or 9", Assert.Throws<RequestException>(() => Run(edited, new Inpaint(Picture, RightHalf))).Message, StringComparison.Ordinal);
    }

    private ImagePlan Plan(ImageTask task) => _model.Pipeline.Plan(_model.Batch(1) with { Task = task });

    private static (Tensor State, RawImage[] Pictures) Run(TinyLatentModel model, ImageTask task) => LatentPipelineTests.Run(model, model.Batch(1) with { Task = task }, 3);

    // With the seed of the runs, whose first draw is the encoder's.
    private static Tensor Source(TinyLatentModel model)
    {
        ImagePlan plan = model.Pipeline.Plan(model.Batch(1) with { Task = new ImageToImage(Picture) });
        using TaskContext context = new(plan, model.Parts, new SeededNoise(3), CPU);
        using var noGradient = no_grad();
        return context.Encode(context.Pixels(Picture));
    }

    // The shapes that a task draws, of one picture for two results.
    private static long[][] Draws(TinyLatentModel model, ImageTask task)
    {
        ImagePlan plan = model.Pipeline.Plan(model.Batch(1) with { Task = task, ImagesPerPrompt = 2 });
        HeardNoise heard = new();
        using TaskContext context = new(plan, model.Parts, heard, CPU);
        using var noGradient = no_grad();
        _ = task.Start(context);
        return [.. heard.Shapes];
    }

    private sealed class HeardNoise : Levare.Solvers.INoiseSource
    {
        public List<long[]> Shapes { get; } = [];

        public Tensor Draw(params long[] shape)
        {
            Shapes.Add(shape);
            return randn(shape);
        }
    }

    private sealed class Counted(long seed) : INoiseSource
    {
        private readonly SeededNoise _inner = new(seed);

        public int Draws { get; private set; }

        public Tensor Draw(params long[] shape)
        {
            Draws++;
            return _inner.Draw(shape);
        }
    }
}
