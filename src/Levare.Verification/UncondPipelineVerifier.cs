using System.Collections.Immutable;
using System.Text.Json;
using Levare.Codecs;
using Levare.Compatibility;
using Levare.Data;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Prompts;
using Levare.Sampling;
using Levare.Verification.StableDiffusion;
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
        using var noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        ModelFiles model = ModelFiles.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!));
        PixelConventions conventions = PixelConventions.Of(golden.Json.GetProperty("pipeline").GetString()!);
        UNet2D unet = UNet2D.Load(model.Component("unet"));
        using PipelineRecording recording = new();
        ImageModelParts opened = UNet2DFormat.Parts(model, new(CPU), recording.Listen(unet), unet.Config, conventions);
        using ImageModelParts parts = golden.Json.TryGetProperty("scheduler", out JsonElement replaced) ? opened with { Scheduler = conventions.ReadScheduler(replaced) } : opened;
        ImagePipeline pipeline = new(parts, CPU);
        return [.. WithStoredDraws(golden, pipeline, conventions.Range, recording), .. WithOwnDraws(golden, pipeline, conventions.Range)];
    }

    private static IEnumerable<Comparison> WithStoredDraws(GoldenCase golden, ImagePipeline pipeline, PixelRange range, PipelineRecording recording)
    {
        ImagePlan plan = pipeline.Plan(Batch(golden) with { Controls = [recording.ListenToStates()] });
        DiffusersSchedule schedule = plan.Slice.Schedule;
        yield return Comparison.Of("timesteps", tensor(schedule.Timesteps.ToArray()), golden.Tensor("timesteps"));
        if (golden.Has("sigmas")) yield return Comparison.Of("sigmas", tensor(schedule.Sigmas.ToArray()), golden.Tensor("sigmas"));
        Tensor[] draws = [.. Enumerable.Range(0, int.MaxValue).Select(i => $"randn.{i}").TakeWhile(golden.Has).Select(golden.Tensor)];
        using RunNoise noise = new(new RecordedNoise(draws));
        (Tensor last, IReadOnlyList<RawImage> pictures) = Run(pipeline, plan, noise);
        foreach (Comparison comparison in NetworkCalls(golden, recording.Calls)) yield return comparison;
        foreach (Comparison comparison in States(golden, pipeline.Parts.Scheduler, schedule, [.. recording.States, last], draws[^1])) yield return comparison;
        foreach (Comparison comparison in Pictures(golden, last, range, pictures, "")) yield return comparison;
    }

    private static IEnumerable<Comparison> WithOwnDraws(GoldenCase golden, ImagePipeline pipeline, PixelRange range)
    {
        ImagePlan plan = pipeline.Plan(Batch(golden));
        using RunNoise noise = RunNoise.Of(golden.Json.GetProperty("seed").GetInt64(), plan.Slice.Schedule, CPU);
        (Tensor last, IReadOnlyList<RawImage> pictures) = Run(pipeline, plan, noise);
        return [.. Pictures(golden, last, range, pictures, " from own draws")];
    }

    private static (Tensor Last, IReadOnlyList<RawImage> Pictures) Run(ImagePipeline pipeline, ImagePlan plan, RunNoise noise)
    {
        (Tensor, IReadOnlyList<RawImage>)? made = null;
        foreach (PipelineStep step in pipeline.Run(plan, noise))
            if (step.Index == step.Count - 1) made = (step.State.clone(), pipeline.Pictures(step));
        return made!.Value;
    }

    private static IEnumerable<Comparison> NetworkCalls(GoldenCase golden, IReadOnlyList<PipelineRecording.NetworkCall> calls)
    {
        for (int i = 0; golden.Has($"unet.call{i}.out"); i++)
        {
            string call = $"unet.call{i}";
            if (i == calls.Count)
            {
                yield return new($"{call} was not made", double.PositiveInfinity, 0);
                yield break;
            }
            if (golden.Has($"{call}.in.sample")) yield return Comparison.Of($"{call}.in.sample", calls[i].Input, golden.Tensor($"{call}.in.sample"));
            if (golden.Has($"{call}.in.timestep"))
                yield return Comparison.Of($"{call}.in.timestep", calls[i].Time.reshape(-1).narrow(0, 0, 1), golden.Tensor($"{call}.in.timestep").reshape(-1).narrow(0, 0, 1));
            yield return Comparison.Of($"{call}.out", calls[i].Output, golden.Tensor($"{call}.out"));
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

    private static IEnumerable<Comparison> Pictures(GoldenCase golden, Tensor last, PixelRange range, IReadOnlyList<RawImage> pictures, string how)
    {
        // Stored with channels last, and without a batch where it is one.
        Tensor pixels = (range == PixelRange.Unit ? last : last / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1);
        if (golden.Has("image")) yield return Comparison.Of($"image{how}", Shaped(pixels, golden.Tensor("image")), golden.Tensor("image"));
        Tensor bytes = golden.Tensor("image_uint8").to(ScalarType.Float32);
        Tensor made = stack([.. pictures.Select(picture => tensor(picture.Bytes).reshape(picture.Height, picture.Width, picture.Channels))], 0).to(ScalarType.Float32);
        yield return Comparison.Of($"image_uint8{how}", Shaped(made, bytes), bytes, 1.0 / 255);
    }

    private static Tensor Shaped(Tensor pictures, Tensor like) => pictures.shape[0] == 1 && like.dim() == 3 ? pictures[0] : pictures;

    // What the pipeline was called with.
    private static ImageBatch Batch(GoldenCase golden)
    {
        JsonElement call = golden.Json.GetProperty("call");
        ImmutableArray<double> timesteps = call.TryGetProperty("timesteps", out JsonElement given) ? [.. given.EnumerateArray().Select(time => time.GetDouble())] : [];
        int steps = call.GetProperty("num_inference_steps") is { ValueKind: JsonValueKind.Number } number ? number.GetInt32() : timesteps.Length;
        ImagePrompt[] prompts = Labels(call);
        return new()
        {
            Prompts = [.. prompts],
            ImagesPerPrompt = call.GetProperty("batch_size").GetInt32() / prompts.Length,
            Schedule = new(steps) { Timesteps = timesteps, Eta = call.TryGetProperty("eta", out JsonElement eta) ? eta.GetDouble() : null },
            Guidance = new ImageGuidance.None(),
        };
    }

    private static ImagePrompt[] Labels(JsonElement call) => !call.TryGetProperty("class_labels", out JsonElement labels) ? [new("")]
        : labels.ValueKind == JsonValueKind.Array ? [.. labels.EnumerateArray().Select(label => new ImagePrompt(label.GetRawText()))]
        : [new(labels.GetRawText())];
}
