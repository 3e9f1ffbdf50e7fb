using System.Collections.Immutable;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>PNDMScheduler: pseudo linear multistep after three Runge-Kutta steps, or after one step of two calls (skip_prk_steps).</summary>
/// <remarks>
/// Quirks, all of which vanish with leading timesteps and an even stride, where <see cref="PseudoLinearMultistep"/> does the same: multistep
/// steps go down by T / n whatever the spacing; a Runge-Kutta step's first middle lies half a stride below its start though the network is
/// told the time half a stride above its end; the second stage of the two calls starts T / n above its end. With v_prediction the
/// outputs, not the noises, are extrapolated, and turned into noise with the state at hand. A run from within passes over one timestep.
/// </remarks>
internal sealed class Pndm : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { TimestepSpacing = TimestepSpacing.Leading, SetAlphaToOne = false };

    public RequestLists Accepts => RequestLists.None;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        if (config.PredictionType is not (PredictionType.Epsilon or PredictionType.VPrediction))
            throw new NotSupportedException("PNDMScheduler knows the prediction types epsilon and v_prediction only.");
        if (!config.SkipPrkSteps && request.Steps < 4)
            throw new ArgumentException($"PNDM begins with three Runge-Kutta steps: {request.Steps} steps are too few, 4 the least (any number with skip_prk_steps).", nameof(request));
        DiscreteVpPath path = SigmaTable.Path(config with { RescaleBetasZeroSnr = false });
        double[] timesteps = IntegerTimesteps.Of(config, request.Steps);
        int stride = config.NumTrainTimesteps / request.Steps;
        NoiseLevel final = Stride.Final(config, path);
        Parameterisation parameterisation = SigmaTable.Parameterisation(config);
        NoiseLevel? second = config.SkipPrkSteps && timesteps.Length > 1 ? path.At(timesteps[1]) : null;
        Steps solver = new(path, final, stride, parameterisation, config.SkipPrkSteps, second);
        DiffusersSchedule schedule = new()
        {
            Path = path,
            Grid = new TimeGrid([.. timesteps.Select(path.At), final]),
            Solver = solver,
            Method = new PseudoLinearMultistep(config.SkipPrkSteps ? new PseudoStart.TwoStage() : new PseudoStart.RungeKutta(path)),
            Parameterisation = parameterisation,
            Timesteps = [.. config.SkipPrkSteps ? TwoCalls(timesteps) : RungeKutta(timesteps, stride / 2)],
            Level = path.At,
        };
        return schedule with { Restarted = step => config.SkipPrkSteps ? Restarted(schedule, solver, step) : FromWithin(schedule, solver, step) };
    }

    // The list of calls holds the second timestep twice, and so is one place behind the steps. Its first two calls from any place on are a step of two calls,
    // which ends where the second is made: one timestep is passed over.
    private static DiffusersSchedule Restarted(DiffusersSchedule whole, Steps solver, int step)
    {
        NoiseLevel[] called = [.. whole.Timesteps.Skip(step).Select(whole.Path.At)];
        if (called.Length == 1) return whole with { Grid = new TimeGrid([called[0], whole.Grid[^1]]), Solver = solver with { SecondCall = null } };
        return whole with
        {
            Grid = new TimeGrid([called[0], .. called.Skip(2), whole.Grid[^1]]),
            Solver = solver with { SecondCall = called[1] },
        };
    }

    // Here a step is a call, for a run may end between the calls of a Runge-Kutta step.
    private static DiffusersSchedule FromWithin(DiffusersSchedule whole, Steps solver, int call)
    {
        const int BeginningCalls = 12;
        return whole with
        {
            Grid = new TimeGrid([.. whole.Timesteps.Skip(call).Select(whole.Path.At), solver.Final]),
            Solver = new PndmFromWithin(solver.Path, solver.Final, solver.Stride, [.. whole.Timesteps.Take(BeginningCalls)], solver.Parameterisation),
        };
    }

    private static IEnumerable<double> TwoCalls(double[] timesteps) =>
        timesteps.Length == 1 ? timesteps : [timesteps[0], timesteps[1], .. timesteps.Skip(1)];

    private static IEnumerable<double> RungeKutta(double[] timesteps, int half) =>
        [.. timesteps.Take(3).Zip(timesteps.Skip(1)).SelectMany(pair => new[] { pair.First, pair.Second + half, pair.Second + half, pair.Second }), .. timesteps.Skip(3)];

    private sealed record Steps(DiscreteVpPath Path, NoiseLevel Final, int Stride, Parameterisation Parameterisation, bool SkipsRungeKutta, NoiseLevel? SecondCall) : ISolver
    {
        private sealed record Memory(ImmutableArray<Tensor> Outputs) : SolverMemory
        {
            public override IEnumerable<Tensor> Tensors => Outputs;
        }

        public SolverResult Step(SolverStep step, SolverMemory? memory)
        {
            ImmutableArray<Tensor> past = memory is Memory m ? m.Outputs : [];
            Estimate estimate = step.Denoise(step.State, step.Now);
            Tensor now = Parameterisation.ToOutput(estimate.Denoised, step.State, step.Now);
            ImmutableArray<Tensor> outputs = [now, .. past.Take(3)];
            Tensor next = SkipsRungeKutta
                ? past.IsEmpty && SecondCall is { } second ? TwoStage(step, now, second) : Moved(step.State, NoiseTransfer.Extrapolate(outputs), step.Now, Below(step.Now, Stride))
                : past.Length < 3 ? RungeKutta(step, now) : Moved(step.State, NoiseTransfer.Extrapolate(outputs), step.Now, Below(step.Now, Stride));
            return new(next, estimate.Denoised, new Memory(outputs));
        }

        private Tensor TwoStage(SolverStep step, Tensor first, NoiseLevel to)
        {
            Tensor probe = Moved(step.State, first, step.Now, Below(step.Now, Stride));
            return Moved(step.State, (first + Output(step, probe, to)) / 2, Path.At(to.Time + Stride), to);
        }

        private Tensor RungeKutta(SolverStep step, Tensor first)
        {
            int half = Stride / 2;
            NoiseLevel middle = Path.At(step.Next.Time + half);
            Tensor second = Output(step, Moved(step.State, first, step.Now, Below(step.Now, half)), middle);
            Tensor third = Output(step, Moved(step.State, second, step.Now, middle), middle);
            Tensor fourth = Output(step, Moved(step.State, third, step.Now, step.Next), step.Next);
            return Moved(step.State, (first + second * 2 + third * 2 + fourth) / 6, step.Now, step.Next);
        }

        private NoiseLevel Below(NoiseLevel level, int stride) => level.Time - stride >= 0 ? Path.At(level.Time - stride) : Final;

        // Who blends what the network sees gives the noise beside the estimate: what it saw follows from both.
        private Tensor Output(SolverStep step, Tensor state, NoiseLevel level)
        {
            Estimate estimate = step.Denoise(state, level);
            Tensor seen = estimate.Noise is { } noise ? estimate.Denoised * level.Alpha + noise * level.Sigma : state;
            return Parameterisation.ToOutput(estimate.Denoised, seen, level);
        }

        private Tensor Moved(Tensor state, Tensor output, NoiseLevel from, NoiseLevel to) =>
            NoiseTransfer.Move(state, Parameterisation.ToNoise(output, state, from)!, from, to);
    }
}
