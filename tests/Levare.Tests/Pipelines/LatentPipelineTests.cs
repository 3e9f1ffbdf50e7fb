using Levare.Conditioning;
using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Tasks;
using Levare.Sampling;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

/// <summary>What latent models make, whatever the task.</summary>
public sealed class LatentPipelineTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyLatentModel _model = new();

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Pictures_are_larger_than_the_state_by_the_autoencoders_factor()
    {
        (Tensor state, RawImage[] pictures) = Run(_model, _model.Batch(1) with { Size = new(20, 12) }, 3);
        Assert.Equal([1L, 4, 6, 10], state.shape);
        Assert.Equal((20, 12, 3), (pictures[0].Width, pictures[0].Height, pictures[0].Channels));
    }

    [Theory]
    [InlineData("DDIMScheduler")]
    [InlineData("EulerAncestralDiscreteScheduler")]
    public void A_picture_with_a_seed_of_its_own_is_the_same_alone_and_anywhere_in_a_batch(string scheduler)
    {
        using TinyLatentModel model = new(scheduler: scheduler);
        ImageTask[] tasks = [new TextToImage(), new ImageToImage(TinyLatentModel.Picture()), new Inpaint(TinyLatentModel.Picture(), TinyLatentModel.RightHalf())];
        foreach (ImageTask task in tasks)
        {
            Tensor alone = Run(model, model.Batch(2) with { Task = task }, 5).State;
            Tensor together = Run(model, model.Batch(1, 2, 3) with { Task = task }, 4, 5, 6).State;
            Assert.True((together[1] - alone[0]).abs().max().item<float>() < 1e-4 * alone.abs().max().item<float>(), $"{task} with {scheduler}");
            Assert.False(together[0].allclose(together[1]));
        }
    }

    [Fact]
    public void Several_pictures_of_one_prompt_stand_side_by_side()
    {
        ImageBatch batch = _model.Batch(1, 2) with { ImagesPerPrompt = 2 };
        PromptConditionsOf(batch, out Condition positive, out Condition negative);
        Tensor text = positive[ConditionNames.Text];
        Assert.True(text[0].equal(text[1]).all().item<bool>() && text[2].equal(text[3]).all().item<bool>());
        Assert.False(text[1].allclose(text[2]));
        Assert.Equal(4, negative[ConditionNames.Text].shape[0]);
    }

    [Fact]
    public void Guidance_of_one_or_less_asks_the_network_for_one_row_and_for_no_negative_prompt()
    {
        Assert.Equal(4, Evaluations(_model.Batch(1) with { Guidance = _model.Parts.GuidanceOf(1) }));
        Assert.Equal(4, Evaluations(_model.Batch(1) with { Guidance = _model.Parts.GuidanceOf(0) }));
        Assert.Equal(8, Evaluations(_model.Batch(1) with { Guidance = _model.Parts.GuidanceOf(1.5) }));
    }

    [Fact]
    public void A_network_that_was_distilled_from_guidance_is_told_of_it_and_not_guided()
    {
        using TinyLatentModel model = new(guidanceWaves: 8);
        ImageBatch weak = model.Batch(1) with { Guidance = model.Parts.GuidanceOf(1) }, strong = model.Batch(1) with { Guidance = model.Parts.GuidanceOf(8) };
        Assert.False(Run(model, weak, 3).State.allclose(Run(model, strong, 3).State));
        long rows = 0;
        foreach (PipelineStep _ in model.Pipeline.Run(model.Pipeline.Plan(strong), new(new SeededNoise(3)), count => rows += count)) { }
        Assert.Equal(4, rows);
    }

    [Fact]
    public void Given_latents_take_the_place_of_the_first_draw()
    {
        using Tensor noise = new SeededNoise(3).Draw(1, 4, 8, 8);
        Tensor drawn = Run(_model, _model.Batch(1), 3).State, given = Run(_model, _model.Batch(1) with { InitialLatents = new(noise) }, 99).State;
        Assert.True(drawn.equal(given).all().item<bool>());
    }

    [Fact]
    public void Runs_of_all_tasks_leave_no_tensors_behind()
    {
        ImageTask[] tasks = [new TextToImage(), new ImageToImage(TinyLatentModel.Picture()), new Inpaint(TinyLatentModel.Picture(), TinyLatentModel.RightHalf())];
        long before = LiveTensors.Count;
        foreach (ImageTask task in tasks)
        {
            ImagePlan plan = _model.Pipeline.Plan(_model.Batch(1, 2) with { Task = task });
            using RunNoise noise = RunNoise.Of([3, 4], plan.Slice.Schedule, CPU);
            foreach (PipelineStep step in _model.Pipeline.Run(plan, noise))
                if (step.Index == step.Count - 1) _ = _model.Pipeline.Pictures(step);
        }
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void A_run_that_is_left_in_the_middle_leaves_no_tensors_behind()
    {
        long before = LiveTensors.Count;
        ImagePlan plan = _model.Pipeline.Plan(_model.Batch(1) with { Task = new Inpaint(TinyLatentModel.Picture(), TinyLatentModel.RightHalf()) });
        using (RunNoise noise = RunNoise.Of(3, plan.Slice.Schedule, CPU))
            foreach (PipelineStep step in _model.Pipeline.Run(plan, noise))
                if (step.Index == 1) break;
        Assert.Equal(before, LiveTensors.Count);
    }

    private long Evaluations(ImageBatch batch)
    {
        long rows = 0;
        using RunNoise noise = new(new SeededNoise(3));
        foreach (PipelineStep _ in _model.Pipeline.Run(_model.Pipeline.Plan(batch), noise, count => rows += count)) { }
        return rows;
    }

    private void PromptConditionsOf(ImageBatch batch, out Condition positive, out Condition negative) =>
        (positive, negative) = _model.Pipeline.Conditions(_model.Pipeline.Plan(batch)) is var told ? (told.Positive, told.Negative!) : default;

    /// <summary>The last state and the pictures of a run with a seed for each row.</summary>
    internal static (Tensor State, RawImage[] Pictures) Run(TinyLatentModel model, ImageBatch batch, params long[] seeds)
    {
        ImagePlan plan = model.Pipeline.Plan(batch);
        using RunNoise noise = RunNoise.Of(seeds, plan.Slice.Schedule, CPU);
        Tensor? last = null;
        RawImage[] pictures = [];
        foreach (PipelineStep step in model.Pipeline.Run(plan, noise))
            if (step.Index == step.Count - 1) (last, pictures) = (step.State.clone(), [.. model.Pipeline.Pictures(step)]);
        return (last!, pictures);
    }
}
