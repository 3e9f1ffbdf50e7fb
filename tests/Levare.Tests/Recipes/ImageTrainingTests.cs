using System.Text.Json;
using Levare.Codecs;
using Levare.Data;
using Levare.Pipelines;
using Levare.Recipes;
using Levare.Runtime;
using Levare.Tests.Data;
using Levare.Training;
using Xunit;

namespace Levare.Tests.Recipes;

public sealed class ImageTrainingTests : IDisposable
{
    private readonly TemporaryFolder _data = new(), _runs = new();

    public ImageTrainingTests()
    {
        for (int i = 0; i < 60; i++)
        {
            _data.Write($"dark/{i:00}.png", ImageEncoder.Encode(TestPictures.Plain((byte)i, 0, 0)));
            _data.Write($"light/{i:00}.png", ImageEncoder.Encode(TestPictures.Plain((byte)(255 - i), 200, 200)));
        }
    }

    [Fact]
    public void A_run_leaves_a_folder_with_everything_and_a_model_that_samples()
    {
        RunFolder folder = new(Path.Combine(_runs.Path, "run"));
        TrainingResult result = ImageTraining.Begin(Tiny(), _data.Path, folder).Run(new());
        Assert.Equal((TrainingEnd.Completed, 32), (result.End, result.Images));
        RunRecord record = folder.ReadRecord()!;
        Assert.Equal(["dark", "light"], record.Classes);
        Assert.Equal((114, 6), (record.TrainCount, record.HeldOutCount));
        Assert.Equal((0, 32), (record.Sittings.Single().FromImages, record.Sittings.Single().ToImages));
        Assert.Equal(4, File.ReadLines(folder.MetricsFile).Count());
        Assert.Equal(["000000016.png", "000000032.png"], Directory.EnumerateFiles(folder.Samples).Select(file => Path.GetFileName(file)).Order());
        Assert.True(ImageDecoder.Decode(File.ReadAllBytes(folder.LossPlotFile)).Width > 100);

        using ImageModel model = ImageModel.Load(folder.Model);
        ImageResult light = model.Generate(new ImageRequest("light") { Seed = 3 });
        Assert.Equal((8, 8), (light.Image.Width, light.Image.Height));
        Assert.Equal(2, light.Recipe.Steps);
        Assert.Throws<UnknownNameException>(() => model.Generate(new ImageRequest("lihgt")));
    }

    [Fact]
    public void A_run_that_was_stopped_goes_on_to_the_weights_of_one_that_was_not()
    {
        RunFolder whole = new(Path.Combine(_runs.Path, "whole")), parts = new(Path.Combine(_runs.Path, "parts"));
        ImageTraining.Begin(Tiny(), _data.Path, whole).Run(new());
        using CancellationTokenSource stop = new();
        TrainingResult stopped = ImageTraining.Begin(Tiny(), _data.Path, parts).Run(new() { Listeners = [new StopAfter(2, stop)] }, stop.Token);
        Assert.Equal((TrainingEnd.Cancelled, 2), (stopped.End, stopped.Step));
        ImageTraining.Resume(parts).Run(new());
        Assert.Equal(Losses(whole), Losses(parts));
        string weights = Path.Combine("unet", "diffusion_pytorch_model.safetensors");
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole.Model, weights)), File.ReadAllBytes(Path.Combine(parts.Model, weights)));
        Assert.Equal([0, 16, 16, 32], parts.ReadRecord()!.Sittings.SelectMany(s => new[] { s.FromImages, s.ToImages }));
    }

    [Fact]
    public void Previews_of_a_run_in_bfloat16_are_made_too()
    {
        RunFolder folder = new(Path.Combine(_runs.Path, "half"));
        ImageTraining.Begin(Tiny() with { Precision = Precision.BFloat16 }, _data.Path, folder).Run(new());
        Assert.Equal(2, Directory.EnumerateFiles(folder.Samples).Count());
    }

    [Theory]
    [InlineData("flow")]
    [InlineData("vp")]
    public void Other_paths_train_and_sample_too(string kind)
    {
        RunFolder folder = new(Path.Combine(_runs.Path, kind));
        ImageTraining.Begin(Tiny() with { Diffusion = kind == "flow" ? new FlowDiffusion() : new VpDiffusion() }, _data.Path, folder).Run(new());
        using ImageModel model = ImageModel.Load(folder.Model);
        Assert.Equal(8, model.Generate(new ImageRequest("dark")).Image.Width);
    }

    [Fact]
    public void A_picture_that_cannot_be_used_is_named_to_who_follows_the_run()
    {
        string broken = _data.Write("dark/broken.png", "no picture");
        Warnings warnings = new();
        RunFolder folder = new(Path.Combine(_runs.Path, "run"));
        ImageTraining.Begin(Tiny(), _data.Path, folder).Run(new() { Listeners = [warnings] });
        Assert.Contains(broken, Assert.Single(warnings.All));
        Assert.Equal(1, folder.ReadRecord()!.SkippedCount);
    }

    [Fact]
    public void Two_sittings_do_not_write_into_one_folder()
    {
        RunFolder folder = new(Path.Combine(_runs.Path, "run"));
        ImageTraining training = ImageTraining.Begin(Tiny(), _data.Path, folder);
        IOException? second = null;
        training.Run(new() { Listeners = [new Tries(() => second = Assert.Throws<IOException>(() => ImageTraining.Resume(folder).Run(new())))] });
        Assert.Contains("another process", second!.Message);
    }

    [Fact]
    public void A_folder_with_a_run_is_not_overwritten()
    {
        RunFolder folder = new(Path.Combine(_runs.Path, "run"));
        ImageTraining.Begin(Tiny(), _data.Path, folder).Run(new());
        Assert.Contains("--resume", Assert.Throws<IOException>(() => ImageTraining.Begin(Tiny(), _data.Path, folder)).Message);
    }

    [Fact]
    public void Classes_that_the_data_does_not_have_are_an_error_that_says_what_to_do()
    {
        using TemporaryFolder flat = new();
        for (int i = 0; i < 10; i++) flat.Write($"{i}.png", TestPictures.Png(1, 2, 3));
        ImageTraining training = ImageTraining.Begin(Tiny(), flat.Path, new(Path.Combine(_runs.Path, "run")));
        Assert.Contains("sub-folder", Assert.Throws<InvalidDataException>(() => training.Run(new())).Message);
    }

    [Fact]
    public void An_evaluation_writes_a_report_with_a_floor_a_baseline_and_pictures()
    {
        RunFolder folder = new(Path.Combine(_runs.Path, "run"));
        Recipe recipe = Tiny() with { Data = Tiny().Data with { HeldOut = 0.3 } };
        ImageTraining.Begin(recipe, _data.Path, folder).Run(new());
        RunReport report = new RunEvaluation(folder, new(Samples: 30)).Run();
        Assert.StartsWith("classifier-tiny-", report.Extractor);
        Assert.True(report.ExtractorAccuracy > 0.95);
        Assert.True(report.Floor.Frechet < report.Model.Frechet, $"{report.Floor.Frechet} {report.Model.Frechet}");
        Assert.Equal(8, report.HeldOutLoss.Length);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Report, "report.json")));
        Assert.Equal(report.Model.Frechet, json.RootElement.GetProperty("model").GetProperty("frechet").GetDouble());
        foreach (string picture in new[] { "samples.png", "baseline.png", "held-out.png", "neighbours.png", "levels.png" })
            Assert.Contains($"{picture}", Directory.EnumerateFiles(folder.Report).Select(file => Path.GetFileName(file)));
        Assert.Equal(report.Extractor, new RunEvaluation(folder, new(Samples: 20)).Run().Extractor);
    }

    public void Dispose()
    {
        _data.Dispose();
        _runs.Dispose();
    }

    private static Recipe Tiny() => new()
    {
        Name = "tiny",
        Data = new() { Size = 8, Condition = ImageConditionKind.Class },
        Network = new() { Channels = [8, 16], Layers = 1, HeadChannels = 8 },
        Batch = 8,
        Images = 32,
        Schedule = new(WarmUp: 1),
        CheckpointEvery = 16,
        Sampling = new(Every: 16, Count: 4, Steps: 2, Guidance: 1.5),
    };

    private static string[] Losses(RunFolder folder) =>
        [.. File.ReadLines(folder.MetricsFile).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetRawText())];

    private sealed class Warnings : ITrainingListener
    {
        public List<string> All { get; } = [];

        public void Stepped(TrainingProgress progress)
        {
        }

        public void Warned(string message) => All.Add(message);
    }

    private sealed class Tries(Action action) : ITrainingListener
    {
        public void Stepped(TrainingProgress progress)
        {
            if (progress.Step == 1) action();
        }
    }

    private sealed class StopAfter(long step, CancellationTokenSource source) : ITrainingListener
    {
        public void Stepped(TrainingProgress progress)
        {
            if (progress.Step == step) source.Cancel();
        }
    }
}
