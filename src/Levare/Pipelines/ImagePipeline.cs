using System.Collections.Immutable;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Tasks;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>The engine of all image models, of pixels and of latents: batches of any task, with any noise. <see cref="ImageModel"/> is its face.</summary>
/// <remarks>
/// Who plugs in where:
/// <list type="bullet">
/// <item>a kind of model folder: <see cref="IImageModelFormat"/> makes <see cref="ImageModelParts"/> and is named in <see cref="ImageModelFormats"/>;</item>
/// <item>how words (and sizes, and pictures of some tasks) become conditions: <see cref="IBatchConditioner"/>;</item>
/// <item>pixels or latents: <see cref="Spaces.StateSpace"/>;</item>
/// <item>what is made: <see cref="ImageTask"/>, a record for the caller and the strategy at once;</item>
/// <item>what steers beside (control pictures, adapters): <see cref="ImageControl"/>; it and the task give a <see cref="RunPart"/>: conditions, a wrapper of the
/// denoiser inside of guidance, a wrapper of the solver; networks beside the U-Net, and changes to its inside, go through <see cref="TaskContext.Steering"/>;</item>
/// <item>how estimates are guided: <see cref="ImageGuidance"/>, which may ask for the network with something done to its inside (<see cref="RunNetwork"/>);</item>
/// <item>which steps are taken: <see cref="DiffusersSchedule.Last"/> and its kin.</item>
/// </list>
/// Order of draws: the task's, then the solver's. Immutable and thread-safe.
/// </remarks>
internal sealed class ImagePipeline(ImageModelParts parts, Device device)
{
    /// <summary>What the pipeline is made of.</summary>
    public ImageModelParts Parts => parts;

    /// <summary>Decides everything that needs no noise.</summary>
    /// <exception cref="ArgumentException">The batch does not fit the model.</exception>
    public ImagePlan Plan(ImageBatch batch)
    {
        ImageSize size = parts.CheckSize(batch.Task.SizeOf(batch.Size, parts));
        DiffusersSchedule schedule = ImageSchedules.Create(parts.Scheduler, batch.Task.ScheduleOf(batch.Schedule, parts), batch.Solver, batch.Grid);
        ImagePlan plan = new(batch, size, Slice(batch, schedule));
        long[] shape = plan.StateShape(parts);
        if (batch.InitialLatents is { } latents && !latents.Shape.AsSpan().SequenceEqual(shape))
            throw new RequestException($"the initial latents are [{string.Join(", ", latents.Shape)}], where [{string.Join(", ", shape)}] is needed.");
        int rows = batch.Count * batch.Guidance.RowsOfPicture;
        return parts.Memory is { } memory ? plan with { Memory = memory.Plan(rows, batch.Guidance.RowsTogether(rows), size) } : plan;
    }

    /// <summary>The conditions of a plan's prompts, a row for each picture; they are then the caller's.</summary>
    public PromptConditions Conditions(ImagePlan plan)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        ImageBatch batch = plan.Batch;
        using IDisposable? used = plan.Memory is { } memory ? parts.Memory!.UseEncoders(memory.Company) : null;
        PromptConditions made = parts.Conditioner.Encode(new()
        {
            Prompts = batch.Prompts,
            NeedsNegative = batch.Guidance.NeedsNegative,
            Size = plan.Size,
            ClipSkip = batch.ClipSkip,
            Syntax = batch.Syntax,
            Task = batch.Task,
            Micro = batch.Micro,
        });
        return made with { Positive = Kept(made.Positive), Negative = made.Negative is { } negative ? Kept(negative) : null };

        Condition Kept(Condition condition) => condition.Map((_, tensor) =>
            (batch.ImagesPerPrompt == 1 ? tensor : tensor.repeat_interleave(batch.ImagesPerPrompt, 0)).MoveToOuterDisposeScope());
    }

    /// <summary>Runs a plan, step by step, in the caller's thread.</summary>
    /// <param name="plan">What <see cref="Plan"/> decided.</param>
    /// <param name="noise">This run's draws; they stay the caller's.</param>
    /// <param name="evaluated">Hears of the rows of each evaluation.</param>
    /// <param name="cancellation">Is seen before each evaluation of the network.</param>
    public IEnumerable<PipelineStep> Run(ImagePlan plan, RunNoise noise, Action<long>? evaluated = null, CancellationToken cancellation = default)
    {
        DiffusersSchedule schedule = plan.Slice.Schedule;
        using TaskContext context = new(plan, parts, noise.Start, device);
        PromptConditions told = Conditions(plan);
        try
        {
            (TaskStart start, RunPart[] added) = Prepare(context);
            Condition condition = With(told.Positive, added, part => part.Condition);
            Condition? negative = told.Negative is null ? null : With(told.Negative, added, part => part.NegativeCondition ?? part.Condition);
            RunNetwork network = new(context, added, evaluated ?? (_ => { }));
            IDenoiser denoiser = schedule.Correction(plan.Batch.Guidance.Guide(network, negative, schedule));
            ISolver solver = added.Aggregate(plan.Slice.Solver, (inner, part) => part.Solver(inner));
            using IDisposable? used = plan.Memory is { } memory ? parts.Memory!.UseNetwork(memory.Company) : null;
            foreach (SamplerStep step in Sampler.Run(denoiser, solver, schedule.Grid, start.State, noise.Steps, condition, plan.Slice.Steps, cancellation))
            {
                // What is decoded after the last step has the memory to itself.
                if (step.Index == step.Count - 1) used?.Dispose();
                yield return new(step.Index, step.Count, step.State, step.Denoised, start.Finish) { Dropped = told.Dropped };
            }
        }
        finally
        {
            foreach (Tensor tensor in told.Positive.Tensors.Values.Concat(told.Negative?.Tensors.Values ?? [])) tensor.Dispose();
        }
    }

    /// <summary>The finished pictures of a run's last step.</summary>
    public IReadOnlyList<RawImage> Pictures(PipelineStep last)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        return [.. parts.Space.Pictures(parts.Space.Decode(last.State)).Select(last.Finish)];
    }

    private ScheduleSlice Slice(ImageBatch batch, DiffusersSchedule schedule)
    {
        ScheduleSlice slice = batch.Task.Slice(schedule, parts);
        return batch.Until is { } share ? slice.Until(share, parts.Scheduler.NumTrainTimesteps) : slice;
    }

    // What the preparation makes on the way dies at once; the context keeps what the run needs.
    private static (TaskStart Start, RunPart[] Added) Prepare(TaskContext context)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        TaskStart start = context.Plan.Batch.Task.Start(context);
        context.Keep(start.State);
        ImageBatch batch = context.Plan.Batch;
        return (start, [start, .. batch.Controls.Select(control => control.Prepare(context)), batch.Guidance.Prepare(context)]);
    }

    private static Condition With(Condition told, IEnumerable<RunPart> parts, Func<RunPart, Condition> added) =>
        parts.SelectMany(part => added(part).Tensors).Aggregate(told, (condition, pair) => condition.With(pair.Key, pair.Value));
}

/// <summary>One step of a batch. Its tensors live until the next step is asked for.</summary>
/// <param name="Index">The step's index, from 0.</param>
/// <param name="Count">The number of steps.</param>
/// <param name="State">The state after the step, [batch, channels, height, width].</param>
/// <param name="Denoised">The estimate of the clean data during the step.</param>
/// <param name="Finish">What turns the decoded picture of a row into the finished one.</param>
internal readonly record struct PipelineStep(int Index, int Count, Tensor State, Tensor Denoised, Func<RawImage, int, RawImage> Finish)
{
    /// <summary>What was cut from prompts that were too long; empty where all fitted.</summary>
    public ImmutableArray<string> Dropped { get; init; } = [];
}
