using System.Collections.Immutable;
using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.UNet;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Training;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>A few steps of the real trainer on a case's batches, noise and levels: losses, gradients, weights and their average.</summary>
internal static class TrainingSteps
{
    public static IEnumerable<Comparison> Compare(GoldenCase golden)
    {
        JsonElement json = golden.Json;
        JsonElement[] steps = [.. json.GetProperty("steps").EnumerateArray()];
        using UNet2D network = UNet2D.Load(ModelComponent.Open(Path.Combine(golden.Folder, json.GetProperty("model").GetString()!.Split(' ')[0])));
        (Parameterisation parameterisation, INoisePath path, LevelDistribution levels) = json.GetProperty("target").GetString() switch
        {
            "eps" => ((Parameterisation)new EpsilonPrediction(), (INoisePath)DiscreteVpPath.Linear(), (LevelDistribution)new UniformTimesteps()),
            "v" => (new VPrediction(), DiscreteVpPath.Linear(), new UniformTimesteps()),
            _ => (new ThousandfoldTime(), new RectifiedFlowPath(), new UniformLevels()),
        };
        List<Tensor> firstGradients = [];
        JsonElement optimiser = json.GetProperty("optimiser"), betas = optimiser.GetProperty("betas");
        double rate = optimiser.GetProperty("lr").GetDouble(), gamma = TrainingVerifier.Number(json, "min_snr_gamma", 0);
        TrainingSettings settings = new()
        {
            Steps = steps.Length,
            Levels = levels,
            Weight = gamma > 0 ? new MinSnrWeight(gamma) : new SimpleWeight(),
            LearningRate = rate,
            Optimiser = new Watched(new AdamW(betas[0].GetDouble(), betas[1].GetDouble(), optimiser.GetProperty("weight_decay").GetDouble()), firstGradients),
            Schedule = TrainingVerifier.Schedule(json.GetProperty("lr_schedule"), rate),
            ClipNorm = json.GetProperty("clip_grad_norm").GetDouble(),
            Averages = [new WarmUpAverage(0.9999, 1, json.GetProperty("ema").GetProperty("power").GetDouble())],
        };
        Recorder recorder = new();
        string folder = Path.Combine(Path.GetTempPath(), "levare-verify", Guid.NewGuid().ToString("N"));
        try
        {
            TrainingResult result = new Trainer(network, parameterisation, path, settings) { Draws = new StoredDraws(golden), Listeners = [recorder] }
                .Run(new StoredBatches(golden), folder);
            List<Comparison> all = [.. Examples(golden, steps.Length, parameterisation, path, levels, settings.Weight), .. Progress(steps, recorder, settings)];
            all.AddRange(Weights(golden, "final", network, steps));
            if (golden.Has("ema.conv_in.weight"))
            {
                Checkpoint.Open(result.Checkpoint).Load(network, settings.Averages[0].Name);
                all.AddRange(Weights(golden, "ema", network, steps));
            }
            if (golden.Has("grad0.conv_in.weight"))
                all.AddRange(network.named_parameters().Zip(firstGradients, (p, gradient) => Comparison.Of($"grad0.{p.name}", gradient, golden.Tensor($"grad0.{p.name}"), 1e-5)));
            return all;
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<Comparison> Examples(GoldenCase golden, int steps, Parameterisation parameterisation, INoisePath path, LevelDistribution levels, LossWeight weight)
    {
        StoredDraws draws = new(golden);
        for (int i = 0; i < steps; i++)
        {
            if (!golden.Has($"noisy_{i}")) yield break;
            Tensor data = golden.Tensor($"x0_{i}");
            NoisedExamples examples = NoisedExamples.Make(data, golden.Tensor($"noise_{i}"),
                [.. draws.Levels(i, (int)data.shape[0]).Select(u => path.At(levels.TimeAt(u, path)))], parameterisation, weight);
            yield return Comparison.Of($"noisy_{i}", examples.Input, golden.Tensor($"noisy_{i}"), 1e-5);
            yield return Comparison.Of($"target_{i}", examples.Target, golden.Tensor($"target_{i}"), 1e-5);
            yield return Comparison.Of($"weights_{i}", examples.Weights, golden.Tensor($"weights_{i}"), 1e-5);
        }
    }

    private static IEnumerable<Comparison> Progress(JsonElement[] steps, Recorder recorder, TrainingSettings settings)
    {
        for (int i = 0; i < steps.Length; i++)
        {
            TrainingProgress made = recorder.Steps[i];
            yield return Number($"loss of step {i}", made.Loss, steps[i].GetProperty("loss").GetDouble(), 1e-5);
            yield return Number($"gradient norm of step {i}", made.GradientNorm, steps[i].GetProperty("grad_norm_before_clip").GetDouble(), 1e-4);
            yield return Number($"rate of step {i}", made.LearningRate, steps[i].GetProperty("lr_used").GetDouble(), 1e-6);
            yield return Number($"decay of step {i}", settings.Averages[0].Decay(i + 1, 1), steps[i].GetProperty("ema_decay").GetDouble(), 1e-6);
        }
    }

    private static Comparison Number(string what, double actual, double expected, double tolerance) =>
        new(what, expected == 0 ? Math.Abs(actual) : Math.Abs(actual - expected) / Math.Abs(expected), tolerance);

    // A key's bias adds one number to all scores of a query, which softmax cancels: its gradient is zero but for rounding (1e-9 in the
    // cases), and Adam makes steps of up to the learning rate out of any gradient. All that can be asked is that it stays within those.
    private static IEnumerable<Comparison> Weights(GoldenCase golden, string prefix, nn.Module network, JsonElement[] steps)
    {
        double reach = steps.Sum(step => step.GetProperty("lr_used").GetDouble());
        return [.. network.named_parameters().Select(p => Comparison.Of($"{prefix}.{p.name}", p.parameter, golden.Tensor($"{prefix}.{p.name}"),
            p.name.EndsWith(".to_k.bias", StringComparison.Ordinal) ? reach : 2e-4))];
    }

    /// <summary>Flow prediction whose network is told 1000 t.</summary>
    private sealed record ThousandfoldTime : Parameterisation
    {
        private readonly FlowPrediction _flow = new();

        public override Preconditioning At(NoiseLevel level) => _flow.At(level) with { Noise = 1000 * level.Time };
    }

    /// <summary>A rule that keeps the gradients of the first step.</summary>
    private sealed record Watched(OptimiserRule Rule, List<Tensor> First) : OptimiserRule
    {
        public override ImmutableArray<string> Slots => Rule.Slots;

        public override void Update(Tensor parameter, Tensor gradient, ReadOnlySpan<Tensor> slots, long step, double rate) =>
            Rule.Update(parameter, gradient, slots, step, rate);

        public override void UpdateAll(Tensor[] parameters, Tensor[] gradients, Tensor[][] slots, long step, double rate)
        {
            if (step == 1) First.AddRange(gradients.Select(gradient => gradient.clone().DetachFromDisposeScope()));
            Rule.UpdateAll(parameters, gradients, slots, step, rate);
        }
    }

    private sealed class Recorder : ITrainingListener
    {
        public List<TrainingProgress> Steps { get; } = [];

        public void Stepped(TrainingProgress progress) => Steps.Add(progress);
    }

    private sealed class StoredBatches(GoldenCase golden) : IBatchSource
    {
        public TrainingBatch Read(long number) => new(golden.Tensor($"x0_{number}"), Condition.None);
    }

    /// <summary>The case's noise, and shares that the level distribution turns into the case's times.</summary>
    private sealed class StoredDraws(GoldenCase golden) : ITrainingDraws
    {
        public Tensor Noise(long number, long[] shape, Device device) => golden.Tensor($"noise_{number}");

        public double[] Levels(long number, int count)
        {
            using Tensor times = golden.Tensor($"timesteps_{number}");
            return times.dtype == ScalarType.Int64
                ? [.. times.data<long>().Select(t => (t + 0.5) / 1000)]
                : [.. times.data<float>().Select(t => t / 1000.0)];
        }

        public double[] ConditionDropout(long number, int count) => new double[count];

        public long NetworkSeed(long number) => number;
    }
}
