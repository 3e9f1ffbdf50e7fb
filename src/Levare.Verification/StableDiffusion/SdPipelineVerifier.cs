using System.Collections.Immutable;
using System.Text.Json;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Conditioning.Prompts;
using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Pipelines.Tasks;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.StableDiffusion;

/// <summary>
/// Pipelines of Stable Diffusion: the text's numbers and states, the schedule, each call of the networks, each state and the pictures with the case's
/// draws, then the pictures from its seed.
/// </summary>
public sealed class SdPipelineVerifier : ICaseVerifier
{
    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Area == "sd" && golden.Json.TryGetProperty("kind", out JsonElement kind) && kind.ValueEquals("pipeline")
        && !golden.Json.TryGetProperty("lora", out _);

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<Comparison> comparisons = [];
        foreach (string? file in PipelineCase.Files(golden))
        {
            using PipelineCase opened = PipelineCase.Open(golden, file);
            comparisons.AddRange(Verify(opened).Select(comparison => file is null ? comparison : comparison with { What = $"{file}: {comparison.What}" }));
        }
        return comparisons;
    }

    /// <summary>Runs a case that is open.</summary>
    internal static IReadOnlyList<Comparison> Verify(PipelineCase opened)
    {
        using PipelineRecording recording = new();
        ImageModelParts listened = opened.Parts with
        {
            Network = recording.Listen(opened.Parts.Network),
            Space = opened.Parts.Space is LatentSpace latents ? new LatentSpace(recording.Listen(latents.Codec)) : opened.Parts.Space,
        };
        ImageBatch batch = opened.Batch with { Controls = [recording.ListenToStates(), .. opened.Batch.Controls] };
        return [.. WithStoredDraws(opened, new ImagePipeline(listened, CPU), batch, recording), .. WithOwnDraws(opened)];
    }

    private static IEnumerable<Comparison> WithStoredDraws(PipelineCase opened, ImagePipeline pipeline, ImageBatch batch, PipelineRecording recording)
    {
        GoldenCase golden = opened.Golden;
        PipelineTolerance tolerance = PipelineTolerance.Of(golden);
        ImagePlan plan = pipeline.Plan(batch);
        DiffusersSchedule schedule = plan.Slice.Schedule;
        foreach (Comparison comparison in Texts(opened, pipeline, plan)) yield return comparison;
        if (golden.Has("scheduler_timesteps")) yield return Exact("scheduler_timesteps", tensor(schedule.Timesteps.ToArray()), golden.Tensor("scheduler_timesteps"));
        if (golden.Has("scheduler_sigmas")) yield return Exact("scheduler_sigmas", tensor(schedule.Sigmas.ToArray()), golden.Tensor("scheduler_sigmas"));
        Tensor[] draws = Numbered(golden, "draws");
        RecordedNoise source = new(draws);
        // With a list of generators the rows draw one after the other.
        INoiseSource start = opened.DrawsByRow ? new PerItemNoise(Enumerable.Repeat(source, batch.Count)) : source;
        using RunNoise noise = new(start, schedule.StepNoise?.Invoke(opened.Seeds[0]) ?? start);
        (Tensor last, IReadOnlyList<RawImage>? pictures) = Run(opened, pipeline, plan, noise);
        yield return new($"draws: {source.Used} of {draws.Length} were used", source.Used == draws.Length ? 0 : double.PositiveInfinity, 0);
        foreach (Comparison comparison in Encoded(golden, recording, tolerance)) yield return comparison;
        foreach (Comparison comparison in Calls(golden, Joined(recording.Calls, plan), tolerance)) yield return comparison;
        foreach (Comparison comparison in States(golden, [.. recording.States.Skip(1), last], tolerance)) yield return comparison;
        if (golden.Has("latents_before_decode") && recording.Decoded.Count > 0)
            yield return tolerance.Compare("latents_before_decode", recording.Decoded[0].Latents, golden.Tensor("latents_before_decode"));
        if (golden.Has("decoded")) yield return tolerance.Compare("decoded", recording.Decoded[0].Pixels, golden.Tensor("decoded"));
        foreach (Comparison comparison in Pictures(golden, pictures, tolerance, "")) yield return comparison;
    }

    private static IEnumerable<Comparison> WithOwnDraws(PipelineCase opened)
    {
        ImagePipeline pipeline = new(opened.Parts, CPU);
        ImagePlan plan = pipeline.Plan(opened.Batch);
        using RunNoise noise = RunNoise.Of(opened.Seeds, plan.Slice.Schedule, CPU);
        (_, IReadOnlyList<RawImage>? pictures) = Run(opened, pipeline, plan, noise);
        return [.. Pictures(opened.Golden, pictures, PipelineTolerance.Of(opened.Golden), " from own draws")];
    }

    private static (Tensor Last, IReadOnlyList<RawImage>? Pictures) Run(PipelineCase opened, ImagePipeline pipeline, ImagePlan plan, RunNoise noise)
    {
        Tensor? last = null;
        IReadOnlyList<RawImage>? pictures = null;
        foreach (PipelineStep step in pipeline.Run(plan, noise))
            if (step.Index == step.Count - 1)
            {
                last = step.State.clone();
                if (!opened.EndsWithLatents) pictures = pipeline.Pictures(step);
            }
        return (last!, pictures);
    }

    private static IEnumerable<Comparison> Texts(PipelineCase opened, ImagePipeline pipeline, ImagePlan plan)
    {
        GoldenCase golden = opened.Golden;
        ImmutableArray<TextEncoder> encoders = opened.Parts.Conditioner.Encoder?.Encoders ?? [];
        string[] suffixes = encoders.Length == 1 && golden.Has("input_ids_2") ? ["_2"] : ["", "_2"];
        foreach ((TextEncoder encoder, string suffix) in encoders.Zip(suffixes))
        {
            // The second encoder's stored numbers are those of the first prompt, even where it is told another.
            if (golden.Has($"input_ids{suffix}")) yield return Exact($"input_ids{suffix}", Numbers(encoder, prompt => prompt.Text), golden.Tensor($"input_ids{suffix}"));
            if (golden.Has($"negative_input_ids{suffix}"))
                yield return Exact($"negative_input_ids{suffix}", Numbers(encoder, prompt => prompt.Negative ?? ""), golden.Tensor($"negative_input_ids{suffix}"));
        }
        Tensor Numbers(TextEncoder encoder, Func<ImagePrompt, string> words) => stack([.. plan.Batch.Prompts.Select(prompt =>
            tensor(encoder.Tokenizer.EncodePadded(words(prompt)).Numbers.Select(number => (long)number).ToArray()))]);

        PromptConditions told = pipeline.Conditions(plan);
        if (golden.Has("image_embeds") && plan.Batch.Task is ImageVariation)
            yield return Comparison.Of("image_embeds", told.Positive[ConditionNames.Text].squeeze(1), golden.Tensor("image_embeds"));
        if (plan.Batch.Guidance is ImageGuidance.WordsAndPicture)
        {
            Tensor positive = told.Positive[ConditionNames.Text], negative = told.Negative![ConditionNames.Text];
            if (golden.Has("prompt_embeds")) yield return Comparison.Of("prompt_embeds", cat([positive, negative, negative], 0), golden.Tensor("prompt_embeds"));
            yield break;
        }
        (string Name, Condition? Condition, string Key)[] embeds =
        [
            ("prompt_embeds", told.Positive, ConditionNames.Text), ("negative_prompt_embeds", told.Negative, ConditionNames.Text),
            ("pooled_prompt_embeds", told.Positive, ConditionNames.TextEmbeds), ("negative_pooled_prompt_embeds", told.Negative, ConditionNames.TextEmbeds),
        ];
        foreach ((string name, Condition? condition, string key) in embeds)
            if (golden.Has(name) && condition is not null) yield return Comparison.Of(name, condition[key], golden.Tensor(name));
    }

    private static IEnumerable<Comparison> Encoded(GoldenCase golden, PipelineRecording recording, PipelineTolerance tolerance)
    {
        if (golden.Has("vae_encode_in")) yield return tolerance.Compare("vae_encode_in", recording.Encoded[0].Pixels, golden.Tensor("vae_encode_in"));
        foreach ((Tensor expected, int i) in Numbered(golden, "vae_encode_in").Select((tensor, i) => (tensor, i)))
            yield return tolerance.Compare($"vae_encode_in.{i}", recording.Encoded[i].Pixels, expected);
        foreach ((Tensor expected, int i) in Numbered(golden, "vae_encode_moments").Select((tensor, i) => (tensor, i)))
            yield return tolerance.Compare($"vae_encode_moments.{i}", recording.Encoded[i].Moments, expected);
    }

    // Python puts the disturbed rows behind the others, in one call.
    private static IReadOnlyList<PipelineRecording.NetworkCall> Joined(IReadOnlyList<PipelineRecording.NetworkCall> calls, ImagePlan plan) => plan.Batch.Guidance is not ImageGuidance.Perturbed
        ? calls : [.. calls.Chunk(2).Select(pair => pair[0] with { Input = cat([.. pair.Select(call => call.Input)], 0), Output = cat([.. pair.Select(call => call.Output)], 0) })];

    private static IEnumerable<Comparison> Calls(GoldenCase golden, IReadOnlyList<PipelineRecording.NetworkCall> calls, PipelineTolerance tolerance)
    {
        if (golden.Has("unet_timesteps"))
            yield return Exact("unet_timesteps", stack([.. calls.Select(call => call.Time[0])]), golden.Tensor("unet_timesteps"));
        for (int i = 0; i < Math.Min(2, calls.Count); i++)
        {
            PipelineRecording.NetworkCall call = calls[i];
            if (golden.Has($"unet_in.{i}")) yield return tolerance.Compare($"unet_in.{i}", call.Input, golden.Tensor($"unet_in.{i}"));
            if (golden.Has($"unet_out.{i}")) yield return tolerance.Compare($"unet_out.{i}", call.Output, golden.Tensor($"unet_out.{i}"));
        }
        (string Name, string Key)[] told = [("timestep_cond", ConditionNames.TimestepCondition), ("added_cond.text_embeds", ConditionNames.TextEmbeds), ("added_cond.time_ids", ConditionNames.TimeIds)];
        foreach ((string name, string key) in told)
            if (golden.Has(name)) yield return tolerance.Compare(name, calls[0].Condition[key], golden.Tensor(name));
        if (golden.Has("image_embeds") && calls[0].Condition.Find(ConditionNames.ImagePrompt(0)) is { } shown)
            yield return tolerance.Compare("image_embeds", shown.narrow(0, shown.shape[0] - 1, 1).flatten(0, 1), golden.Tensor("image_embeds"));
    }

    private static IEnumerable<Comparison> States(GoldenCase golden, IReadOnlyList<Tensor> states, PipelineTolerance tolerance)
    {
        if (!golden.Has("latents_steps")) yield break;
        Tensor expected = golden.Tensor("latents_steps");
        if (states.Count != expected.shape[0])
        {
            yield return new($"latents_steps: {states.Count} states where {expected.shape[0]} are expected", double.PositiveInfinity, 0);
            yield break;
        }
        for (int i = 0; i < states.Count; i++) yield return tolerance.Compare($"latents_steps[{i}]", states[i], expected[i]);
    }

    private static IEnumerable<Comparison> Pictures(GoldenCase golden, IReadOnlyList<RawImage>? pictures, PipelineTolerance tolerance, string how)
    {
        for (int i = 0; pictures is not null && i < pictures.Count; i++)
        {
            string name = i == 0 ? "output.png" : $"output_{i}.png", path = Path.Combine(golden.Folder, name);
            if (!File.Exists(path))
            {
                yield return new($"{name}: the case has no such picture", double.PositiveInfinity, 0);
                continue;
            }
            yield return Same(name + how, pictures[i], ImageDecoder.Decode(File.ReadAllBytes(path)).ToChannels(3), tolerance.Pixels);
        }
    }

    private static Comparison Same(string what, RawImage actual, RawImage expected, double tolerance) =>
        (actual.Width, actual.Height, actual.Channels) == (expected.Width, expected.Height, expected.Channels)
            ? new(what, actual.Bytes.Zip(expected.Bytes, (a, e) => Math.Abs(a - e)).Max() / 255.0, tolerance)
            : new($"{what}: {actual.Width}x{actual.Height} where {expected.Width}x{expected.Height} is expected", double.PositiveInfinity, tolerance);

    private static Tensor[] Numbered(GoldenCase golden, string name) =>
        [.. Enumerable.Range(0, int.MaxValue).Select(i => $"{name}.{i}").TakeWhile(golden.Has).Select(golden.Tensor)];

    private static Comparison Exact(string what, Tensor actual, Tensor expected) => Comparison.Of(what, actual, expected, 1e-6);
}
