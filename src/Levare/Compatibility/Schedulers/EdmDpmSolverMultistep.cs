using Levare.Parameterisations;

namespace Levare.Compatibility.Schedulers;

/// <summary>EDMDPMSolverMultistepScheduler: DPM-Solver++ multistep with EDM's preconditioning, whose timesteps are ln(sigma) / 4.</summary>
internal sealed class EdmDpmSolverMultistep : ISchedulerClass
{
    public SchedulerConfig Defaults { get; } = new() { SigmaMin = 0.002, SigmaMax = 80 };

    public DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        DpmSolverSettings.CheckFinalSigma(config);
        return EdmTables.Schedule(config, request.Steps, sigma => 0.25f * MathF.Log(sigma), Prediction(config)) with
        {
            Correction = Corrections.Thresholded(config),
        };
    }

    /// <summary>F of either sign.</summary>
    internal static EdmPrediction Prediction(SchedulerConfig config) => config.PredictionType switch
    {
        PredictionType.Epsilon => new(config.SigmaData),
        PredictionType.VPrediction => new(config.SigmaData, EdmTarget.Noise),
        _ => throw new NotSupportedException($"{config.ClassName} knows the prediction types epsilon and v_prediction only."),
    };
}
