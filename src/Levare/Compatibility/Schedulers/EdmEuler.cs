using System.Collections.Immutable;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Solvers;

namespace Levare.Compatibility.Schedulers;

/// <summary>EDMEulerScheduler: Euler with EDM's preconditioning, whose timesteps are ln(sigma) / 4.</summary>
/// <remarks>
/// Quirks: given "sigmas" are places 0..1 on Karras' ramp, not sigmas, and only their number counts with the exponential schedule; the
/// exponential schedule is made in float32; final_sigmas_type "sigma_min" repeats the last sigma; churn comes late (see <see cref="LateChurn"/>).
/// </remarks>
internal sealed class EdmEuler : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { SigmaMin = 0.002, SigmaMax = 80 };

    public RequestLists Accepts => RequestLists.Sigmas;

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        (double min, double max) = (config.SigmaMin!.Value, config.SigmaMax!.Value);
        ImmutableArray<double> sigmas = SigmaTable.Float32(Sigmas(config, request, min, max));
        ImmutableArray<double> timesteps = SigmaTable.Float32(sigmas.Select(sigma => Math.Log(sigma) / 4));
        ImmutableArray<double> all = sigmas.Add(config.FinalSigmasType == FinalSigma.Min ? sigmas[^1] : 0);
        EdmPrediction parameterisation = Parameterisation(config);
        return new()
        {
            Path = new EdmPath(min, max),
            Grid = SigmaTable.ExplodingGrid(timesteps, all),
            Solver = LateChurn.Around(new SlopeEuler(), parameterisation, request.Churn, ChurnedLevel.After),
            Method = new Euler(),
            Parameterisation = parameterisation,
            InitialScale = Math.Sqrt(max * max + 1),
            Timesteps = timesteps,
            Sigmas = all,
        };
    }

    private static EdmPrediction Parameterisation(SchedulerConfig config) => config.PredictionType switch
    {
        PredictionType.Epsilon => new(config.SigmaData),
        PredictionType.VPrediction => new(config.SigmaData, EdmTarget.Noise),
        _ => throw new NotSupportedException($"{config.ClassName} knows the prediction types epsilon and v_prediction only."),
    };

    private static double[] Sigmas(SchedulerConfig config, ScheduleRequest request, double min, double max)
    {
        int count = request.Sigmas.IsEmpty ? request.Steps : request.Sigmas.Length;
        return config.SigmaSchedule switch
        {
            "karras" when !request.Sigmas.IsEmpty => [.. request.Sigmas.Select(ramp => Grids.Sigmas.KarrasAt(min, max, ramp, config.Rho))],
            "karras" => Grids.Sigmas.Karras(min, max, count, config.Rho),
            "exponential" => Grids.Sigmas.Exponential(min, max, count),
            string other => throw new NotSupportedException($"sigma_schedule '{other}' is not known; known are karras and exponential."),
        };
    }
}
