using System.Text.Json;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

public sealed class UnconditionalPipelineTests
{
    private static readonly UNet2DConfig Config = new()
    {
        SampleSize = (8, 12), BlockOutChannels = [8], LayersPerBlock = 1, NormNumGroups = 4,
        DownBlockTypes = [DownBlockType.DownBlock2D], UpBlockTypes = [UpBlockType.UpBlock2D],
    };

    [Fact]
    public void A_folder_gives_the_same_batch_for_the_same_seed_and_another_for_another()
    {
        using TinyModel model = new();
        using UnconditionalPipeline pipeline = UnconditionalPipeline.Open(model.Folder);
        using Tensor labels = tensor(new[] { 0L, 2L });
        Condition condition = Condition.None.With(ConditionNames.ClassLabels, labels);
        using Tensor first = Generate(3), again = Generate(3), other = Generate(4);
        Assert.Equal([2, 3, 8, 8], first.shape);
        Assert.True(first.Equals(again));
        Assert.False(first.Equals(other));
        Assert.InRange(first.min().item<float>(), 0, 1);
        Assert.InRange(first.max().item<float>(), 0, 1);

        Tensor Generate(long seed)
        {
            using SeededNoise noise = new(seed);
            return pipeline.Generate(2, new ScheduleRequest(4), noise, condition);
        }
    }

    [Fact]
    public void Pictures_have_the_network_s_size()
    {
        using UnconditionalPipeline pipeline = Open("DDIMPipeline", "{}");
        using SeededNoise noise = new(1);
        using Tensor pictures = pipeline.Generate(3, new ScheduleRequest(2), noise);
        Assert.Equal([3, 3, 8, 12], pictures.shape);
    }

    [Theory]
    [InlineData("DDIMPipeline", """{"_class_name": "DDPMScheduler"}""", "DDIMScheduler")]
    [InlineData("PNDMPipeline", """{"_class_name": "DDIMScheduler"}""", "PNDMScheduler")]
    [InlineData("DDPMPipeline", """{"_class_name": "EulerDiscreteScheduler"}""", "EulerDiscreteScheduler")]
    [InlineData("DDPMPipeline", "{}", "DDPMScheduler")]
    [InlineData("ScoreSdeVePipeline", "{}", "ScoreSdeVeScheduler")]
    public void A_pipeline_takes_the_scheduler_that_Python_s_takes(string pipelineClass, string config, string expected)
    {
        using UnconditionalPipeline pipeline = Open(pipelineClass, config);
        Assert.Equal(expected, pipeline.Scheduler.ClassName);
    }

    [Theory]
    [InlineData("DDPMPipeline", 0.75)]
    [InlineData("ScoreSdeVePipeline", 0.5)]
    public void Pixels_have_the_range_that_the_pipeline_takes_for_granted(string pipelineClass, double expected)
    {
        using UnconditionalPipeline pipeline = Open(pipelineClass, "{}");
        using Tensor state = full(1, 1, 1, 1, 0.5f);
        using Tensor pixels = pipeline.Pixels(state);
        Assert.Equal(expected, pixels.item<float>(), 6);
    }

    [Fact]
    public void A_pipeline_that_is_not_known_is_refused_with_those_that_are() =>
        Assert.Contains("ConsistencyModelPipeline, DDIMPipeline", Assert.Throws<NotSupportedException>(() => Open("StableDiffusionPipeline", "{}")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_run_stops_when_it_is_cancelled()
    {
        using UnconditionalPipeline pipeline = Open("DDPMPipeline", "{}");
        using CancellationTokenSource stop = new();
        using SeededNoise noise = new(1);
        List<int> seen = [];
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (SamplerStep step in pipeline.Run(1, new ScheduleRequest(1000), noise, cancellation: stop.Token))
            {
                seen.Add(step.Index);
                if (step.Index == 1) stop.Cancel();
            }
        });
        Assert.Equal([0, 1], seen);
    }

    [Fact]
    public void Karras_noise_levels_are_the_squares_that_the_scheduler_makes_of_its_sigmas()
    {
        using UnconditionalPipeline pipeline = Open("KarrasVePipeline", """{"sigma_min": 0.1, "sigma_max": 3}""");
        DiffusersSchedule schedule = pipeline.Schedule(new ScheduleRequest(3));
        Assert.Equal([9, 0.3, 0.01, 0], schedule.Grid.Select(level => Math.Round(level.Sigma, 6)));
        Assert.Equal(3, schedule.InitialScale);
        Assert.Throws<ArgumentException>(() => pipeline.Schedule(new ScheduleRequest(1)));
    }

    private static UnconditionalPipeline Open(string pipelineClass, string scheduler)
    {
        using JsonDocument document = JsonDocument.Parse(scheduler);
        UNet2D network = new(Config);
        network.eval();
        return new(pipelineClass, network, Config, document.RootElement.Clone());
    }
}
