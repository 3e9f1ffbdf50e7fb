using System.Collections.Immutable;
using System.Text.Json;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks;
using Levare.Networks.UNet;
using Levare.Paths;
using Levare.Pipelines;
using Levare.Sampling;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Pipelines of pixels: tables, the network's first calls, every state and the pictures with the case's draws, then the pictures from its seed.</summary>
public sealed class UncondPipelineVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Area == "uncond" && golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("pipeline");

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelFolder model = ModelFolder.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!));
        UNet2D unet = UNet2D.Load(model.Component("unet"));
        RecordingNetwork network = new(unet);
        JsonElement scheduler = golden.Json.TryGetProperty("scheduler", out JsonElement replaced) ? replaced : model.Component("scheduler").Config;
        using UnconditionalPipeline pipeline = new(golden.Json.GetProperty("pipeline").GetString()!, network, unet.Config, scheduler);
        return [.. WithStoredDraws(golden, pipeline, network), .. WithOwnDraws(golden, pipeline)];
    }

    private static IEnumerable<Comparison> WithStoredDraws(GoldenCase golden, UnconditionalPipeline pipeline, RecordingNetwork network)
    {
        Call call = Call.Of(golden);
        DiffusersSchedule schedule = pipeline.Schedule(call.Request);
        yield return Comparison.Of("timesteps", tensor(schedule.Timesteps.ToArray()), golden.Tensor("timesteps"));
        if (golden.Has("sigmas")) yield return Comparison.Of("sigmas", tensor(schedule.Sigmas.ToArray()), golden.Tensor("sigmas"));
        Tensor[] draws = [.. Enumerable.Range(0, int.MaxValue).Select(i => $"randn.{i}").TakeWhile(golden.Has).Select(golden.Tensor)];
        RecordedNoise noise = new(draws);
        RecordingDenoiser denoiser = new(pipeline.Denoiser(schedule));
        Tensor start = pipeline.Start(call.Batch, schedule, noise);
        Tensor last = Sampler.Sample(denoiser, schedule.Solver, schedule.Grid, start, noise, call.Condition);
        foreach (Comparison comparison in NetworkCalls(golden, network)) yield return comparison;
        foreach (Comparison comparison in States(golden, pipeline.Scheduler, schedule, [.. denoiser.States, last], draws[^1])) yield return comparison;
        foreach (Comparison comparison in Pictures(golden, pipeline.Pixels(last), "")) yield return comparison;
    }

    private static IEnumerable<Comparison> WithOwnDraws(GoldenCase golden, UnconditionalPipeline pipeline)
    {
        Call call = Call.Of(golden);
        using SeededNoise noise = new(golden.Json.GetProperty("seed").GetInt64());
        return Pictures(golden, pipeline.Generate(call.Batch, call.Request, noise, call.Condition), " from own draws");
    }

    private static IEnumerable<Comparison> NetworkCalls(GoldenCase golden, RecordingNetwork network)
    {
        for (int i = 0; golden.Has($"unet.call{i}.out"); i++)
        {
            string call = $"unet.call{i}";
            if (i == network.Outputs.Count)
            {
                yield return new($"{call} was not made", double.PositiveInfinity, 0);
                yield break;
            }
            if (golden.Has($"{call}.in.sample")) yield return Comparison.Of($"{call}.in.sample", network.Inputs[i], golden.Tensor($"{call}.in.sample"));
            if (golden.Has($"{call}.in.timestep"))
                yield return Comparison.Of($"{call}.in.timestep", network.Times[i].narrow(0, 0, 1), golden.Tensor($"{call}.in.timestep").reshape(-1).narrow(0, 0, 1));
            yield return Comparison.Of($"{call}.out", network.Outputs[i], golden.Tensor($"{call}.out"));
        }
    }

    // step_latents holds what scheduler.step gave; each is the state of a later evaluation, and which one that is differs by class.
    private static IEnumerable<Comparison> States(GoldenCase golden, SchedulerConfig scheduler, DiffusersSchedule schedule, IReadOnlyList<Tensor> states, Tensor lastDraw)
    {
        Tensor expected = golden.Tensor("step_latents");
        int steps = (int)expected.shape[0];
        Func<int, int> evaluationAfter = scheduler.ClassName switch
        {
            "KarrasVeScheduler" => step => 2 * step + 1,
            "ScoreSdeVeScheduler" => step => (scheduler.CorrectSteps + 1) * (step + 1),
            _ => step => step + 1,
        };
        for (int i = 0; i < steps; i++)
        {
            int evaluation = evaluationAfter(i);
            bool isLast = i == steps - 1;
            if (evaluation >= states.Count || (isLast && evaluation != states.Count - 1))
            {
                yield return new($"step_latents[{i}]: {states.Count - 1} evaluations do not fit", double.PositiveInfinity, 0);
                yield break;
            }
            // The score pipeline adds noise to the last state too, then shows the mean.
            Tensor stored = isLast && scheduler.ClassName == "ScoreSdeVeScheduler" ? expected[i] - lastDraw * schedule.Grid[^2].Sigma : expected[i];
            yield return Comparison.Of($"step_latents[{i}]", states[evaluation], stored);
        }
    }

    private static IEnumerable<Comparison> Pictures(GoldenCase golden, Tensor pixels, string how)
    {
        // Stored with channels last, and without a batch where it is one.
        Tensor pictures = pixels.permute(0, 2, 3, 1);
        if (golden.Has("image")) yield return Comparison.Of($"image{how}", Shaped(pictures, golden.Tensor("image")), golden.Tensor("image"));
        Tensor bytes = golden.Tensor("image_uint8").to(ScalarType.Float32);
        yield return Comparison.Of($"image_uint8{how}", Shaped((pictures * 255).round(), bytes), bytes, 1.0 / 255);
    }

    private static Tensor Shaped(Tensor pictures, Tensor like) => pictures.shape[0] == 1 && like.dim() == 3 ? pictures[0] : pictures;

    /// <summary>What the pipeline was called with.</summary>
    private sealed record Call(int Batch, ScheduleRequest Request, Condition Condition)
    {
        public static Call Of(GoldenCase golden)
        {
            JsonElement call = golden.Json.GetProperty("call");
            ImmutableArray<double> timesteps = call.TryGetProperty("timesteps", out JsonElement given) ? [.. given.EnumerateArray().Select(time => time.GetDouble())] : [];
            int steps = call.GetProperty("num_inference_steps") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : timesteps.Length;
            ScheduleRequest request = new(steps)
            {
                Timesteps = timesteps,
                Eta = call.TryGetProperty("eta", out JsonElement eta) ? eta.GetDouble() : null,
            };
            return new(call.GetProperty("batch_size").GetInt32(), request, Labels(call));
        }

        private static Condition Labels(JsonElement call)
        {
            if (!call.TryGetProperty("class_labels", out JsonElement labels)) return Condition.None;
            long[] numbers = labels.ValueKind == JsonValueKind.Array ? [.. labels.EnumerateArray().Select(label => label.GetInt64())] : [labels.GetInt64()];
            return Condition.None.With(ConditionNames.ClassLabels, tensor(numbers));
        }
    }

    /// <summary>Keeps the states that a denoiser is given.</summary>
    private sealed class RecordingDenoiser(IDenoiser inner) : IDenoiser
    {
        public List<Tensor> States { get; } = [];

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            States.Add(state.clone().MoveToOuterDisposeScope());
            return inner.Denoise(state, level, condition);
        }
    }

    /// <summary>Keeps what a network is given and what it gives; it owns the network.</summary>
    private sealed class RecordingNetwork : DenoisingNetwork
    {
        private readonly DenoisingNetwork inner;

        public RecordingNetwork(DenoisingNetwork network) : base(nameof(RecordingNetwork))
        {
            inner = network;
            RegisterComponents();
        }

        public List<Tensor> Inputs { get; } = [];

        public List<Tensor> Times { get; } = [];

        public List<Tensor> Outputs { get; } = [];

        public override Tensor forward(Tensor input, Tensor time, Condition condition)
        {
            Tensor output = inner.call(input, time, condition);
            Inputs.Add(Kept(input));
            Times.Add(Kept(time));
            Outputs.Add(Kept(output));
            return output;
        }

        // How many scopes lie around a network depends on the solver; none of them is to take what is kept.
        private static Tensor Kept(Tensor tensor) => tensor.clone().DetachFromDisposeScope();

        protected override void Dispose(bool disposing)
        {
            foreach (Tensor tensor in Inputs.Concat(Times).Concat(Outputs)) tensor.Dispose();
            base.Dispose(disposing);
        }
    }
}
