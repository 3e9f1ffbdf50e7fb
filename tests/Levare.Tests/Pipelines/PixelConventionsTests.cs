using System.Text.Json;
using Levare.Compatibility;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Pipelines.Spaces;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

public sealed class PixelConventionsTests
{
    [Theory]
    [InlineData("DDIMPipeline", """{"_class_name": "DDPMScheduler"}""", "DDIMScheduler")]
    [InlineData("PNDMPipeline", """{"_class_name": "DDIMScheduler"}""", "PNDMScheduler")]
    [InlineData("DDPMPipeline", """{"_class_name": "EulerDiscreteScheduler"}""", "EulerDiscreteScheduler")]
    [InlineData("DDPMPipeline", "{}", "DDPMScheduler")]
    [InlineData("ScoreSdeVePipeline", "{}", "ScoreSdeVeScheduler")]
    public void A_pipeline_takes_the_scheduler_that_Python_s_takes(string pipelineClass, string config, string expected) =>
        Assert.Equal(expected, Scheduler(pipelineClass, config).ClassName);

    [Theory]
    [InlineData("DDPMPipeline", 191)]
    [InlineData("ScoreSdeVePipeline", 128)]
    public void Pixels_have_the_range_that_the_pipeline_takes_for_granted(string pipelineClass, int expected)
    {
        using PixelSpace space = new(1, PixelConventions.Of(pipelineClass).Range);
        using Tensor state = full(1, 1, 1, 1, 0.5f);
        Assert.Equal(expected, Assert.Single(space.Pictures(state)).Bytes[0]);
    }

    [Fact]
    public void A_pipeline_that_is_not_known_is_refused_with_those_that_are() =>
        Assert.Contains("ConsistencyModelPipeline, DDIMPipeline", Assert.Throws<NotSupportedException>(() => PixelConventions.Of("StableDiffusionPipeline")).Message, StringComparison.Ordinal);

    [Fact]
    public void Karras_noise_levels_are_the_squares_that_the_scheduler_makes_of_its_sigmas()
    {
        SchedulerConfig scheduler = Scheduler("KarrasVePipeline", """{"sigma_min": 0.1, "sigma_max": 3}""");
        DiffusersSchedule schedule = DiffusersScheduler.Create(scheduler, new(3));
        Assert.Equal([9, 0.3, 0.01, 0], schedule.Grid.Select(level => Math.Round(level.Sigma, 6)));
        Assert.Equal(3, schedule.InitialScale);
        Assert.Throws<ArgumentException>(() => DiffusersScheduler.Create(scheduler, new(1)));
    }

    [Fact]
    public void Pictures_have_the_network_s_size()
    {
        using TinyModel folder = new();
        using UNet2D network = new(new()
        {
            SampleSize = (8, 12), BlockOutChannels = [8], LayersPerBlock = 1, NormNumGroups = 4,
            DownBlockTypes = [DownBlockType.DownBlock2D], UpBlockTypes = [UpBlockType.UpBlock2D],
        });
        network.Save(Path.Combine(folder.Folder, "unet"));
        using ImageModel model = ImageModel.Load(folder.Folder);
        ImageResult made = model.Generate(new() { Steps = 2, Guidance = 1 });
        Assert.Equal((12, 8), (made.Image.Width, made.Image.Height));
    }

    private static SchedulerConfig Scheduler(string pipelineClass, string config)
    {
        using JsonDocument document = JsonDocument.Parse(config);
        return PixelConventions.Of(pipelineClass).ReadScheduler(document.RootElement.Clone());
    }
}
