using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Training;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Training;

public class TrainerTests
{
    [Fact]
    public void The_loss_falls()
    {
        using TinyNetwork network = new(1);
        Recorder recorder = new();
        Tiny.Trainer(network, Tiny.Settings with { Steps = 150, Schedule = new ConstantRate() }, recorder).Run(new TinySource(16), Tiny.Folder("falls"));
        // EDM's target has unit variance, so a network that has learned nothing has loss 1.
        Assert.InRange(recorder.Losses[^30..].Average(), 0, 0.8);
    }

    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void A_run_that_was_cancelled_goes_on_to_the_same_digits(Precision precision)
    {
        TrainingSettings settings = Tiny.Settings with { Precision = precision };
        Recorder whole = new();
        using TinyNetwork alone = new(1);
        Tiny.Trainer(alone, settings, whole).Run(new TinySource(), Tiny.Folder("whole"));

        using CancellationTokenSource stop = new();
        Recorder before = new() { OnStep = progress => { if (progress.Step == 7) stop.Cancel(); } }, after = new();
        string folder = Tiny.Folder("parts");
        using TinyNetwork first = new(1), second = new(2);
        TrainingResult cut = Tiny.Trainer(first, settings, before).Run(new TinySource(), folder, stop.Token);
        Assert.Equal((TrainingEnd.Cancelled, 7L), (cut.End, cut.Step));
        TrainingResult end = Tiny.Trainer(second, settings, after).Run(new TinySource(), folder);

        Assert.Equal(TrainingEnd.Completed, end.End);
        Assert.Equal(whole.Losses, before.Losses.Concat(after.Losses));
        Assert.Equal(whole.Steps[^1].SmoothedLoss, after.Steps[^1].SmoothedLoss);
        foreach (var ((name, a), (_, b)) in alone.named_parameters().Zip(second.named_parameters()))
            Assert.True(a.Equals(b), $"{name} differs");
    }

    [Fact]
    public void Nothing_is_left_for_a_completed_run_to_do()
    {
        string folder = Tiny.Folder("completed");
        using TinyNetwork network = new(1);
        Tiny.Trainer(network, Tiny.Settings).Run(new TinySource(), folder);
        Recorder again = new();
        TrainingResult result = Tiny.Trainer(network, Tiny.Settings, again).Run(new TinySource(), folder);
        Assert.Empty(again.Steps);
        Assert.Equal(TrainingEnd.Completed, result.End);
    }

    [Fact]
    public void A_damaged_checkpoint_is_passed_over_with_a_warning()
    {
        string folder = Tiny.Folder("damaged");
        Recorder first = new(), second = new();
        using TinyNetwork network = new(1);
        string last = Tiny.Trainer(network, Tiny.Settings, first).Run(new TinySource(), folder).Checkpoint;
        string file = Path.Combine(last, "weights.safetensors");
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);

        Tiny.Trainer(network, Tiny.Settings, second).Run(new TinySource(), folder);
        Assert.Contains("weights.safetensors", Assert.Single(second.Warnings));
        Assert.Equal(first.Losses[16..], second.Losses);
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(folder, "checkpoints")).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"Step": 24, "Images": 1, "Seed": 1, "OptimiserSteps": 24, "SmoothedLoss": 1, "Files": null}""")]
    [InlineData("""{"Step": 24, "Images": 1, "Seed": 1, "OptimiserSteps": 24, "SmoothedLoss": 1, "Files": {}}""")]
    public void A_checkpoint_whose_state_is_not_sound_is_passed_over(string state)
    {
        string folder = Tiny.Folder($"unsound-{state.Length}");
        Recorder first = new(), second = new();
        using TinyNetwork network = new(1);
        File.WriteAllText(Path.Combine(Tiny.Trainer(network, Tiny.Settings, first).Run(new TinySource(), folder).Checkpoint, "state.json"), state);
        Tiny.Trainer(network, Tiny.Settings, second).Run(new TinySource(), folder);
        Assert.Contains("state.json", Assert.Single(second.Warnings));
        Assert.Equal(first.Losses[16..], second.Losses);
    }

    [Fact]
    public void A_run_that_is_resumed_with_another_optimiser_is_refused()
    {
        string folder = Tiny.Folder("optimiser");
        using TinyNetwork network = new(1);
        Tiny.Trainer(network, Tiny.Settings).Run(new TinySource(), folder);
        Trainer other = Tiny.Trainer(network, Tiny.Settings with { Optimiser = new Lion() });
        Assert.Contains("momentum", Assert.Throws<InvalidDataException>(() => other.Run(new TinySource(), folder)).Message);
    }

    [Fact]
    public void Accumulated_batches_are_one_large_batch()
    {
        TrainingSettings settings = Tiny.Settings with { Steps = 1, Accumulation = 2, Optimiser = new AdamW(), Schedule = new ConstantRate() };
        Recorder parts = new();
        using TinyNetwork network = new(1);
        Tiny.Trainer(network, settings, parts).Run(new TinySource(), Tiny.Folder("accumulated"));

        Recorder[] single = [new(), new()];
        double[] losses = [.. single.Select((recorder, i) =>
        {
            using TinyNetwork other = new(1);
            // Rate 0 in the first step of a warm-up leaves the weights alone, so the second step is batch 1 of the first weights.
            Tiny.Trainer(other, settings with { Accumulation = 1, Steps = 2, Schedule = new ConstantRate { WarmUp = 5 } }, recorder)
                .Run(new TinySource(), Tiny.Folder($"single{i}"));
            return recorder.Losses[i];
        })];
        Assert.Equal(losses.Average(), parts.Losses[0], 1e-6);
    }

    [Fact]
    public void A_nan_stops_the_run_and_names_step_layer_and_checkpoint()
    {
        string folder = Tiny.Folder("diverged");
        using TinyNetwork network = new(1);
        Recorder poison = new()
        {
            OnStep = progress =>
            {
                if (progress.Step != 6) return;
                using var grad = no_grad();
                network.get_parameter("norm.weight")!.fill_(float.NaN);
            },
        };
        TrainingDivergedException e = Assert.Throws<TrainingDivergedException>(() => Tiny.Trainer(network, Tiny.Settings, poison).Run(new TinySource(), folder));
        Assert.Equal(6, e.Step);
        Assert.Contains("'norm'", e.Where);
        Assert.EndsWith("000000004", e.Checkpoint);
        Assert.Contains(e.Checkpoint!, e.Message);
    }

    [Fact]
    public void Dropped_rows_get_the_null_condition()
    {
        using FixedNullConditionProbe probe = new();
        using TinyNetwork network = new(1);
        Trainer trainer = new(network, new EdmPrediction(), new EdmPath(), Tiny.Settings with { ConditionDropout = 0.25, Steps = 50 }) { NullCondition = probe };
        trainer.Run(new TinySource(8, conditioned: true), Tiny.Folder("dropped"));
        Assert.InRange(probe.Dropped / 400.0, 0.18, 0.32);
    }

    [Fact]
    public void A_preview_sees_the_average_and_training_goes_on_unmoved()
    {
        Recorder plain = new();
        PreviewProbe probe = new();
        using TinyNetwork one = new(1), two = new(1);
        Tiny.Trainer(one, Tiny.Settings, plain).Run(new TinySource(), Tiny.Folder("plain"));
        string folder = Tiny.Folder("preview");
        TrainingResult result = Tiny.Trainer(two, Tiny.Settings with { PreviewEvery = 5 }, probe).Run(new TinySource(), folder);
        Assert.Equal(plain.Losses, probe.Losses);
        Assert.Equal(4, probe.Weights.Count);
        using TinyNetwork average = new(3);
        Checkpoint.Open(result.Checkpoint).Load(average, Tiny.Settings.Averages[0].Name);
        Assert.Equal(average.get_parameter("first.weight")!.data<float>().ToArray(), probe.Weights[^1]);
    }

    private sealed class PreviewProbe : ITrainingListener
    {
        public List<double> Losses { get; } = [];

        public List<float[]> Weights { get; } = [];

        public void Stepped(TrainingProgress progress) => Losses.Add(progress.Loss);

        public void Previewed(TrainingProgress progress, DenoisingNetwork network)
        {
            Assert.False(network.training);
            Weights.Add(network.get_parameter("first.weight")!.data<float>().ToArray());
        }
    }

    private sealed class FixedNullConditionProbe : INullCondition, IDisposable
    {
        private readonly Tensor _zero = zeros(1);

        public long Dropped { get; private set; }

        public Levare.Conditioning.Condition Replace(Levare.Conditioning.Condition condition, Tensor rows)
        {
            Levare.Conditioning.Condition replaced = new FixedNullCondition(new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["shift"] = _zero }).Replace(condition, rows);
            Assert.Equal(rows.data<bool>().ToArray(), replaced["shift"].data<float>().ToArray().Select(x => x == 0));
            Dropped += rows.sum().item<long>();
            return replaced;
        }

        public void Dispose() => _zero.Dispose();
    }
}
