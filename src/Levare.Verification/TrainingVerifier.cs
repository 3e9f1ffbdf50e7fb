using System.Globalization;
using System.Text.Json;
using Levare.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>What training is made of: averages, learning rates, loss weights and level densities, optimisers; and whole steps of a small network.</summary>
public sealed class TrainingVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Area == "training";

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. golden.Json.GetProperty("kind").GetString() switch
        {
            "ema" => Averages(golden),
            "lr_schedules" => Schedules(golden),
            "loss_weights" => TrainingFormulas.Compare(golden),
            "optimisers" => Optimisers(golden),
            "training" => TrainingSteps.Compare(golden),
            var kind => throw new InvalidDataException($"{golden.Name}: training cases of kind '{kind}' are not known."),
        }];
    }

    private static IEnumerable<Comparison> Averages(GoldenCase golden)
    {
        foreach (JsonElement run in golden.Json.GetProperty("runs").EnumerateArray())
        {
            string name = run.GetProperty("name").GetString()!;
            (double[] decays, Tensor shadows) = Follow(golden, Average(run));
            yield return Comparison.Of($"{name}: decays", tensor(decays), golden.Tensor($"{name}.decay"), 1e-5);
            yield return Comparison.Of($"{name}: averages", shadows, golden.Tensor($"{name}.shadow"), 1e-5);
        }
        foreach ((string name, double width) in new[] { ("power_gamma_16.97", 0.05), ("power_gamma_6.94", 0.10) })
        {
            yield return Comparison.Of(name, Follow(golden, new PowerAverage(double.Parse(name.Split('_')[^1], CultureInfo.InvariantCulture))).Shadows, golden.Tensor(name), 1e-5);
            // The name's gamma is rounded to two decimals.
            yield return Comparison.Of($"{name} by its width", Follow(golden, PowerAverage.OfRelativeWidth(width)).Shadows, golden.Tensor(name), 1e-3);
        }
    }

    private static WeightAverage Average(JsonElement run)
    {
        double decay = Number(run, "decay", 0.9999);
        long after = (long)Number(run, "update_after_step", 0);
        return run.TryGetProperty("use_ema_warmup", out JsonElement warmUp) && warmUp.GetBoolean()
            ? new WarmUpAverage(decay, Number(run, "inv_gamma", 1), Number(run, "power", 2.0 / 3)) { After = after }
            : new ExponentialAverage(decay) { Least = Number(run, "min_decay", 0), After = after };
    }

    private static (double[] Decays, Tensor Shadows) Follow(GoldenCase golden, WeightAverage average)
    {
        Tensor trajectory = golden.Tensor("trajectory");
        double[] decays = [.. Enumerable.Range(1, (int)trajectory.shape[0] - 1).Select(update => average.Decay(update, 1))];
        Tensor shadow = trajectory[0].clone();
        List<Tensor> shadows = [];
        for (int i = 0; i < decays.Length; i++)
        {
            TensorLists.Lerp([shadow], [trajectory[i + 1]], 1 - decays[i]);
            shadows.Add(shadow.clone());
        }
        return (decays, stack(shadows));
    }

    private static IEnumerable<Comparison> Schedules(GoldenCase golden)
    {
        double rate = golden.Json.GetProperty("base_lr").GetDouble();
        foreach (JsonElement run in golden.Json.GetProperty("runs").EnumerateArray())
        {
            string name = run.GetProperty("name").GetString()!;
            LearningRateSchedule schedule = Schedule(run, rate);
            Tensor expected = golden.Tensor(name);
            double[] rates = [.. Enumerable.Range(0, (int)expected.shape[0]).Select(step => 1000 * rate * schedule.At(step))];
            yield return TrainingFormulas.Relative(name, tensor(rates), expected, 1e-6);
        }
    }

    internal static LearningRateSchedule Schedule(JsonElement run, double rate)
    {
        long steps = (long)Number(run, "num_training_steps", 0);
        LearningRateSchedule schedule = run.GetProperty(run.TryGetProperty("schedule", out _) ? "schedule" : "name").GetString() switch
        {
            "constant" or "constant_with_warmup" => new ConstantRate(),
            "linear" => new LinearDecay(steps),
            "cosine" => new CosineDecay(steps, Number(run, "num_cycles", 0.5)),
            "cosine_with_restarts" => new CosineRestarts(steps, (int)Number(run, "num_cycles", 1)),
            "polynomial" => new PolynomialDecay(steps, Number(run, "power", 1), 1e-7 / rate),
            "piecewise_constant" => Pieces(run.GetProperty("step_rules").GetString()!),
            var other => throw new InvalidDataException($"The schedule '{other}' is not known."),
        };
        return schedule with { WarmUp = (long)Number(run, "num_warmup_steps", 0) };
    }

    private static PiecewiseConstant Pieces(string rules)
    {
        string[] parts = rules.Split(',');
        return new([.. parts[..^1].Select(part => part.Split(':')).Select(pair => (long.Parse(pair[1], CultureInfo.InvariantCulture), Parse(pair[0])))], Parse(parts[^1]));
    }

    private static IEnumerable<Comparison> Optimisers(GoldenCase golden)
    {
        Tensor start = golden.Tensor("p0"), gradients = golden.Tensor("grads");
        foreach (JsonElement run in golden.Json.GetProperty("runs").EnumerateArray())
        {
            string name = run.GetProperty("name").GetString()!;
            Tensor parameter = start.clone();
            using Optimiser optimiser = new(Rule(name, run), [KeyValuePair.Create("p", parameter)]);
            List<Tensor> seen = [];
            for (int i = 0; i < gradients.shape[0]; i++)
            {
                optimiser.Step([gradients[i].clone()], run.GetProperty("lr").GetDouble());
                seen.Add(parameter.clone());
            }
            yield return Comparison.Of(name, stack(seen), golden.Tensor(name), 1e-5);
        }
    }

    private static OptimiserRule Rule(string name, JsonElement run)
    {
        double decay = Number(run, "weight_decay", 0);
        (double beta1, double beta2) = run.TryGetProperty("betas", out JsonElement betas) ? (betas[0].GetDouble(), betas[1].GetDouble()) : (0.9, 0.999);
        return name.Split('_')[0] switch
        {
            "sgd" => new Sgd(Number(run, "momentum", 0), run.TryGetProperty("nesterov", out _) ? MomentumKind.Nesterov : MomentumKind.HeavyBall, decay),
            "adam" => new Adam(beta1, beta2, decay, SecondMoment: run.TryGetProperty("amsgrad", out _) ? SecondMoment.Largest : SecondMoment.Present),
            "adamw" => new AdamW(beta1, beta2, decay),
            "radam" => new RAdam(),
            "rmsprop" => new RmsProp(),
            "adagrad" => new Adagrad(),
            "adamax" => new Adamax(),
            "adafactor" => new Adafactor(),
            "lion" => new Lion(beta1, beta2, decay),
            _ => throw new InvalidDataException($"The optimiser '{name}' is not known."),
        };
    }

    internal static double Number(JsonElement json, string name, double otherwise) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : otherwise;

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
