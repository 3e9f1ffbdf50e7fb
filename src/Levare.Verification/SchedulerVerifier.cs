using System.Collections.Immutable;
using System.Text.Json;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using Levare.Runtime;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Cases of one diffusers scheduler class: the schedule and every call of a stand-in network, then the samples between.</summary>
public sealed class SchedulerVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("scheduler") && golden.Json.TryGetProperty("scheduler_config", out _);

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using DisposeScope scope = NewDisposeScope();
        DiffusersSchedule schedule = DiffusersScheduler.Create(golden.Json.GetProperty("scheduler_config"), Request(golden.Json));
        List<Comparison> comparisons = [.. Tables(golden, schedule)];
        Tensor start = golden.Tensor("start_noise") * schedule.InitialScale;
        Run run = Run.Of(golden, schedule, start, new StoredNoise(golden));
        comparisons.AddRange(run.Compare(golden));
        if (golden.Has("add_noise_result")) comparisons.Add(AddNoise(golden, schedule));
        if (DrawsRepeat(golden.Json.GetProperty("scheduler_config"))) comparisons.Add(OwnDraws(golden, schedule));
        return comparisons;
    }

    private static ScheduleRequest Request(JsonElement json)
    {
        JsonElement table = json.GetProperty("set_timesteps"), step = json.GetProperty("step_arguments");
        return new ScheduleRequest(json.GetProperty("steps").GetInt32())
        {
            Timesteps = Numbers(table, "timesteps"),
            Sigmas = Numbers(table, "sigmas"),
            Mu = Number(table, "mu"),
            Eta = Number(step, "eta"),
            NoiseScale = Number(step, "s_noise"),
            OriginalInferenceSteps = (int?)Number(table, "original_inference_steps"),
            Strength = Number(table, "strength") ?? 1,
            Churn = Number(step, "s_churn") is { } churn
                ? new(churn, Number(step, "s_tmin") ?? 0, Number(step, "s_tmax") ?? double.PositiveInfinity, Number(step, "s_noise") ?? 1) : null,
        };
    }

    private static double? Number(JsonElement json, string name) => json.TryGetProperty(name, out JsonElement value) ? PythonJson.Number(value) : null;

    private static ImmutableArray<double> Numbers(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? [.. value.EnumerateArray().Select(PythonJson.Number)] : [];

    private static IEnumerable<Comparison> Tables(GoldenCase golden, DiffusersSchedule schedule)
    {
        yield return Comparison.Of("timesteps", tensor(schedule.Timesteps.ToArray()), golden.Tensor("timesteps"));
        if (golden.Has("sigmas")) yield return Comparison.Of("sigmas", tensor(schedule.Sigmas.ToArray()), golden.Tensor("sigmas"));
        yield return Comparison.Of("init_noise_sigma", tensor(schedule.InitialScale), tensor(golden.Json.GetProperty("init_noise_sigma").GetDouble()));
    }

    private static Comparison AddNoise(GoldenCase golden, DiffusersSchedule schedule)
    {
        Tensor noise = golden.Tensor("start_noise");
        double timestep = golden.Tensor("add_noise_timestep").to(ScalarType.Float64)[0].item<double>();
        return Comparison.Of("add_noise_result", schedule.AddNoise(noise.tanh(), noise.flip(-1), timestep), golden.Tensor("add_noise_result"));
    }

    // Without a seed of its own, DPM-SDE's Brownian motion is another in every run.
    private static bool DrawsRepeat(JsonElement config) =>
        !config.TryGetProperty("noise_sampler_seed", out JsonElement seed) || seed.ValueKind != JsonValueKind.Null;

    // A generator of the case's seed draws the start first and then, in order, what a step needs.
    private static Comparison OwnDraws(GoldenCase golden, DiffusersSchedule schedule)
    {
        using SeededNoise noise = new(golden.Json.GetProperty("seed").GetInt64());
        Tensor start = noise.Draw(golden.Tensor("start_noise").shape) * schedule.InitialScale;
        INoiseSource steps = schedule.StepNoise?.Invoke(golden.Json.GetProperty("seed").GetInt64()) ?? noise;
        using var owned = steps as IDisposable;
        return Comparison.Of("the last sample from own draws", Run.Of(golden, schedule, start, steps).Last, golden.Tensor("samples")[-1]);
    }

    /// <summary>What a run met: the states and scaled inputs of every call, the estimates, the result.</summary>
    private sealed record Run(IReadOnlyList<Tensor> States, IReadOnlyList<Tensor> Inputs, IReadOnlyList<Tensor> Estimates, Tensor Last)
    {
        public static Run Of(GoldenCase golden, DiffusersSchedule schedule, Tensor start, INoiseSource noise)
        {
            using StandInNetwork network = new(golden.Json);
            Recorder recorder = new(schedule.Denoiser(network));
            List<Tensor> used = [];
            Tensor last = start;
            foreach (SamplerStep step in Sampler.Run(recorder, schedule.Solver, schedule.Grid, start, noise))
            {
                used.Add(step.Denoised.clone());
                last = step.State.clone();
            }
            // With one call a step the solver has the last word on its estimate.
            return new(recorder.States, [.. network.Inputs], used.Count == recorder.Estimates.Count ? used : recorder.Estimates, last);
        }

        public IEnumerable<Comparison> Compare(GoldenCase golden)
        {
            Tensor samples = golden.Tensor("samples"), inputs = golden.Tensor("model_inputs");
            Tensor? estimates = golden.Has("pred_original_samples") ? golden.Tensor("pred_original_samples") : null;
            long calls = inputs.shape[0];
            if (States.Count != calls)
                yield return new($"{States.Count} calls of the network where {calls} are expected", double.PositiveInfinity, 0);
            for (int i = 0; i < Math.Min(States.Count, calls); i++)
            {
                yield return Comparison.Of($"samples[{i}]", States[i], samples[i]);
                yield return Comparison.Of($"model_inputs[{i}]", Inputs[i], inputs[i]);
                if (estimates is not null) yield return Comparison.Of($"pred_original_samples[{i}]", Estimates[i], estimates[i]);
            }
            yield return Comparison.Of($"samples[{calls}], the last", Last, samples[-1]);
        }
    }

    /// <summary>Keeps what passes through a denoiser.</summary>
    private sealed class Recorder(IDenoiser inner) : IDenoiser
    {
        public List<Tensor> States { get; } = [];

        public List<Tensor> Estimates { get; } = [];

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Estimate estimate = inner.Denoise(state, level, condition);
            States.Add(Kept(state));
            Estimates.Add(Kept(estimate.Denoised));
            return estimate;
        }
    }

    // The sampler's scope ends with the step; what is kept moves to the verifier's.
    private static Tensor Kept(Tensor tensor) => tensor.clone().MoveToOuterDisposeScope();

    /// <summary>The smooth function that stands in for a network: its formula is in case.json.</summary>
    private sealed class StandInNetwork : DenoisingNetwork
    {
        private readonly double _a, _b, _c;
        private readonly bool _learnsVariance;

        public StandInNetwork(JsonElement json) : base("stand_in")
        {
            JsonElement standIn = json.GetProperty("stand_in");
            (_a, _b, _c) = (standIn.GetProperty("a").GetDouble(), standIn.GetProperty("b").GetDouble(), standIn.GetProperty("c").GetDouble());
            _learnsVariance = json.GetProperty("learned_variance").GetBoolean();
        }

        public List<Tensor> Inputs { get; } = [];

        public override Tensor forward(Tensor input, Tensor time, Condition condition)
        {
            Inputs.Add(Kept(input));
            Tensor u = time.view([-1, .. Enumerable.Repeat(1L, (int)input.dim() - 1)]) / 1000;
            Tensor output = (0.5 * input).tanh() * _a + (3 * input).sin() * _b * u + u * _c;
            return _learnsVariance ? cat([output, 0.5 * input.tanh()], 1) : output;
        }
    }

    /// <summary>The draws that the case holds, in order.</summary>
    private sealed class StoredNoise(GoldenCase golden) : INoiseSource
    {
        private readonly Tensor? _draws = golden.Has("noise_draws") ? golden.Tensor("noise_draws") : null;
        private int _next;

        public Tensor Draw(params long[] shape) => _draws is not null && _next < _draws.shape[0] ? _draws[_next++].clone()
            : throw new InvalidOperationException($"{golden.Name} holds {_draws?.shape[0] ?? 0} draws and one more is asked for.");
    }
}
