using System.Collections.Immutable;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>FlowMatchLCMScheduler: consistency sampling on a straight path, growing the picture between steps where scale_factors say so.</summary>
/// <remarks>Quirk: given timesteps are told to the network as they are, though their sigmas are shifted.</remarks>
internal sealed class FlowMatchLcm : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new();

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        FlowMatch.Levels levels = FlowMatch.Of(config, request);
        if (!request.Timesteps.IsEmpty && !config.InvertSigmas) levels = levels with { Timesteps = SigmaTable.Float32(request.Timesteps) };
        if (!config.ScaleFactors.IsEmpty && config.ScaleFactors.Length != levels.Timesteps.Length - 1)
            throw new ArgumentException($"scale_factors has {config.ScaleFactors.Length} entries; there is one for each of the {levels.Timesteps.Length} steps but the last.", nameof(config));
        return new()
        {
            Path = new RectifiedFlowPath(),
            Grid = levels.Grid,
            Solver = config.ScaleFactors.IsEmpty ? new Consistency() : new Growing(new Consistency(), config.ScaleFactors, Mode(config)),
            Parameterisation = new FlowPrediction(),
            Timesteps = levels.Timesteps,
            Sigmas = levels.Sigmas,
        };
    }

    private static InterpolationMode Mode(SchedulerConfig config) => config.UpscaleMode switch
    {
        "nearest" => InterpolationMode.Nearest,
        "linear" => InterpolationMode.Linear,
        "bilinear" => InterpolationMode.Bilinear,
        "bicubic" => InterpolationMode.Bicubic,
        "trilinear" => InterpolationMode.Trilinear,
        "area" => InterpolationMode.Area,
        string other => throw new NotSupportedException($"upscale_mode '{other}' is not known; known are nearest, linear, bilinear, bicubic, trilinear and area."),
    };

    /// <summary>Brings a step's estimate to another size before the inner solver noises it anew.</summary>
    private sealed record Growing(ISolver Inner, ImmutableArray<double> Factors, InterpolationMode Mode) : ISolver
    {
        private sealed record Memory(ImmutableArray<long> Size) : SolverMemory
        {
            public override IEnumerable<Tensor> Tensors => [];
        }

        public SolverResult Step(SolverStep step, SolverMemory? memory)
        {
            ImmutableArray<long> first = memory is Memory m ? m.Size : [.. step.State.shape.Skip(2)];
            if (step.IsLast) return Inner.Step(step, null) with { Memory = null };
            long[] size = [.. first.Select(length => (long)Math.Round(Factors[step.Index] * length))];
            SolverStep grown = step with
            {
                Denoise = (state, level) => new(nn.functional.interpolate(step.Denoise(state, level).Denoised, size, mode: Mode)),
            };
            return Inner.Step(grown, null) with { Memory = new Memory(first) };
        }
    }
}
