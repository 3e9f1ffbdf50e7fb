using System.Text.Json;
using Levare.Codecs;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks;
using Levare.Networks.UNet;
using Levare.Sampling;
using Levare.Solvers;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>Batches of pixels from a model of pixels: diffusers' DDPM, DDIM, PNDM, KarrasVe, ScoreSdeVe and consistency pipelines on the one sampler.</summary>
/// <remarks>
/// Immutable and thread-safe; seeds, solver memory and draws belong to a run. For single pictures with their recipes there is
/// <see cref="ImageModel"/>.
/// </remarks>
public sealed class UnconditionalPipeline : IDisposable
{
    private readonly DenoisingNetwork _network;
    private readonly PixelConventions _conventions;
    private readonly UNet2DConfig _config;

    /// <summary>A pipeline of parts.</summary>
    /// <param name="className">The pipeline's class in Python, which decides on the range of pixels and, for some, on the scheduler's class.</param>
    /// <param name="network">Takes what a <see cref="UNet2D"/> takes; the pipeline owns it.</param>
    /// <param name="config">The network's settings.</param>
    /// <param name="scheduler">scheduler_config.json.</param>
    /// <exception cref="NotSupportedException">The pipeline's or the scheduler's class is not known.</exception>
    /// <exception cref="FormatException">A setting of the scheduler is of the wrong kind.</exception>
    public UnconditionalPipeline(string className, DenoisingNetwork network, UNet2DConfig config, JsonElement scheduler)
    {
        _config = config;
        _conventions = PixelConventions.Of(className);
        _network = _conventions.Adapt(network);
        Scheduler = _conventions.ReadScheduler(scheduler);
    }

    /// <summary>The scheduler's settings.</summary>
    public SchedulerConfig Scheduler { get; }

    /// <summary>Opens a model's folder in diffusers' layout; the network is in float32 on the CPU.</summary>
    /// <exception cref="IOException">There is no model in the folder, or a part of it is missing.</exception>
    /// <exception cref="InvalidDataException">A file is not sound; the message says which and where.</exception>
    /// <exception cref="NotSupportedException">The pipeline's or the scheduler's class is not known.</exception>
    public static UnconditionalPipeline Open(string folder)
    {
        ModelFolder model = ModelFolder.Open(folder);
        JsonElement scheduler = model.Component("scheduler").Config;
        UNet2D network = UNet2D.Load(model.Component("unet"));
        return new(model.ClassName, network, network.Config, scheduler);
    }

    /// <summary>The levels, solver and parameterisation of a request.</summary>
    public DiffusersSchedule Schedule(ScheduleRequest request) => DiffusersScheduler.Create(Scheduler, request);

    /// <summary>The network as a schedule's denoiser.</summary>
    public IDenoiser Denoiser(DiffusersSchedule schedule) => schedule.Denoiser(_network);

    /// <summary>The state that a run starts from: one draw, in the scheduler's scale. It is then the caller's.</summary>
    public Tensor Start(int batch, DiffusersSchedule schedule, INoiseSource noise)
    {
        (int height, int width) = _config.SampleSize ?? throw new InvalidOperationException("The network's configuration names no sample_size.");
        using Tensor drawn = noise.Draw(batch, _config.InChannels, height, width);
        return drawn * schedule.InitialScale;
    }

    /// <summary>Makes a batch, step by step: the first draw is the start, the others are the solver's.</summary>
    /// <param name="batch">How many.</param>
    /// <param name="request">The steps and what else the scheduler is to be told.</param>
    /// <param name="noise">This run's draws.</param>
    /// <param name="condition">Class labels, say, for the whole batch.</param>
    /// <param name="cancellation">Stops the run before the next evaluation.</param>
    public IEnumerable<SamplerStep> Run(
        int batch, ScheduleRequest request, INoiseSource noise, Condition? condition = null, CancellationToken cancellation = default)
    {
        DiffusersSchedule schedule = Schedule(request);
        using Tensor start = Start(batch, schedule, noise);
        foreach (SamplerStep step in Sampler.Run(Denoiser(schedule), schedule.Solver, schedule.Grid, start, noise, condition, cancellation: cancellation))
            yield return step;
    }

    /// <summary>Makes a batch of pictures, [batch, channels, height, width] in 0..1, which is then the caller's.</summary>
    /// <inheritdoc cref="Run"/>
    public Tensor Generate(
        int batch, ScheduleRequest request, INoiseSource noise, Condition? condition = null, CancellationToken cancellation = default)
    {
        Tensor? pixels = null;
        foreach (SamplerStep step in Run(batch, request, noise, condition, cancellation: cancellation))
            if (step.Index == step.Count - 1) pixels = Pixels(step.State);
        return pixels!;
    }

    /// <summary>The pictures of a state, in 0..1 and of the same shape; they are then the caller's.</summary>
    public Tensor Pixels(Tensor state)
    {
        using var scope = NewDisposeScope();
        Tensor unit = _conventions.Range == PixelRange.Unit ? state : state / 2 + 0.5;
        return unit.clamp(0, 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _network.Dispose();
}
