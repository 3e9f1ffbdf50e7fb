using System.Collections.Frozen;
using System.Text.Json;
using Levare.Grids;
using Levare.Runtime;

namespace Levare.Compatibility;

/// <summary>The keys of scheduler_config.json, one line each.</summary>
internal static class SchedulerConfigReader
{
    private delegate SchedulerConfig Setter(SchedulerConfig config, JsonElement value);

    private static readonly Dictionary<string, BetaSchedule> BetaSchedules = new()
    {
        ["linear"] = BetaSchedule.Linear, ["scaled_linear"] = BetaSchedule.ScaledLinear,
        ["squaredcos_cap_v2"] = BetaSchedule.SquaredCosine, ["sigmoid"] = BetaSchedule.Sigmoid, ["exp"] = BetaSchedule.Exponential,
        ["laplace"] = BetaSchedule.Laplace,
    };

    private static readonly Dictionary<string, PredictionType> PredictionTypes = new()
    {
        ["epsilon"] = PredictionType.Epsilon, ["sample"] = PredictionType.Sample, ["original_sample"] = PredictionType.Sample,
        ["v_prediction"] = PredictionType.VPrediction, ["flow_prediction"] = PredictionType.FlowPrediction,
    };

    private static readonly Dictionary<string, TimestepSpacing> Spacings = new()
    {
        ["linspace"] = TimestepSpacing.Linspace, ["leading"] = TimestepSpacing.Leading, ["trailing"] = TimestepSpacing.Trailing,
    };

    private static readonly Dictionary<string, FinalSigma> FinalSigmas = new() { ["zero"] = FinalSigma.Zero, ["sigma_min"] = FinalSigma.Min };

    private static readonly Dictionary<string, VarianceType> VarianceTypes = new()
    {
        ["fixed_small"] = VarianceType.FixedSmall, ["fixed_small_log"] = VarianceType.FixedSmallLog,
        ["fixed_large"] = VarianceType.FixedLarge, ["fixed_large_log"] = VarianceType.FixedLargeLog,
        ["learned"] = VarianceType.Learned, ["learned_range"] = VarianceType.LearnedRange,
    };

    private static readonly Dictionary<string, TimeShiftType> TimeShifts = new()
    {
        ["exponential"] = TimeShiftType.Exponential, ["linear"] = TimeShiftType.Linear,
    };

    private static readonly FrozenDictionary<string, Func<SchedulerConfig, bool, SchedulerConfig>> Flags = new Dictionary<string, Func<SchedulerConfig, bool, SchedulerConfig>>
    {
        ["rescale_betas_zero_snr"] = (c, on) => c with { RescaleBetasZeroSnr = on },
        ["set_alpha_to_one"] = (c, on) => c with { SetAlphaToOne = on },
        // What DDIMInverseScheduler called it before.
        ["set_alpha_to_zero"] = (c, on) => c with { SetAlphaToOne = on },
        ["skip_prk_steps"] = (c, on) => c with { SkipPrkSteps = on },
        ["use_karras_sigmas"] = (c, on) => c with { UseKarrasSigmas = on },
        ["use_exponential_sigmas"] = (c, on) => c with { UseExponentialSigmas = on },
        ["use_beta_sigmas"] = (c, on) => c with { UseBetaSigmas = on },
        ["use_flow_sigmas"] = (c, on) => c with { UseFlowSigmas = on },
        ["use_lu_lambdas"] = (c, on) => c with { UseLuLambdas = on },
        ["clip_sample"] = (c, on) => c with { ClipSample = on },
        ["thresholding"] = (c, on) => c with { Thresholding = on },
        ["lower_order_final"] = (c, on) => c with { LowerOrderFinal = on },
        ["euler_at_final"] = (c, on) => c with { EulerAtFinal = on },
        ["predict_x0"] = (c, on) => c with { PredictX0 = on },
        ["use_dynamic_shifting"] = (c, on) => c with { UseDynamicShifting = on },
        ["invert_sigmas"] = (c, on) => c with { InvertSigmas = on },
        ["stochastic_sampling"] = (c, on) => c with { StochasticSampling = on },
        ["clip_denoised"] = (c, on) => c with { ClipDenoised = on },
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, Setter> Setters = new Dictionary<string, Setter>
    {
        ["_class_name"] = (c, v) => c with { ClassName = v.GetString()! },
        ["num_train_timesteps"] = (c, v) => c with { NumTrainTimesteps = v.GetInt32() },
        ["beta_start"] = (c, v) => c with { BetaStart = PythonJson.Number(v) },
        ["beta_end"] = (c, v) => c with { BetaEnd = PythonJson.Number(v) },
        ["beta_schedule"] = (c, v) => c with { BetaSchedule = Choose(v, BetaSchedules) },
        ["trained_betas"] = (c, v) => c with { TrainedBetas = [.. v.EnumerateArray().Select(beta => beta.GetSingle())] },
        ["prediction_type"] = (c, v) => c with { PredictionType = Choose(v, PredictionTypes) },
        ["timestep_spacing"] = (c, v) => c with { TimestepSpacing = Choose(v, Spacings) },
        ["steps_offset"] = (c, v) => c with { StepsOffset = v.GetInt32() },
        ["timestep_type"] = (c, v) => c with { TimestepType = v.GetString()! },
        ["interpolation_type"] = (c, v) => c with { InterpolationType = v.GetString()! },
        ["final_sigmas_type"] = (c, v) => c with { FinalSigmasType = Choose(v, FinalSigmas) },
        ["sigma_min"] = (c, v) => c with { SigmaMin = PythonJson.Number(v) },
        ["sigma_max"] = (c, v) => c with { SigmaMax = PythonJson.Number(v) },
        ["lambda_min_clipped"] = (c, v) => c with { LambdaMinClipped = PythonJson.Number(v) },
        ["clip_sample_range"] = (c, v) => c with { ClipSampleRange = PythonJson.Number(v) },
        ["dynamic_thresholding_ratio"] = (c, v) => c with { DynamicThresholdingRatio = PythonJson.Number(v) },
        ["sample_max_value"] = (c, v) => c with { SampleMaxValue = PythonJson.Number(v) },
        ["variance_type"] = (c, v) => c with { VarianceType = Choose(v, VarianceTypes) },
        ["solver_order"] = (c, v) => c with { SolverOrder = v.GetInt32() },
        ["solver_type"] = (c, v) => c with { SolverType = v.GetString()! },
        ["algorithm_type"] = (c, v) => c with { AlgorithmType = v.GetString()! },
        ["disable_corrector"] = (c, v) => c with { DisableCorrector = [.. v.EnumerateArray().Select(step => step.GetInt32())] },
        ["solver_p"] = (c, v) => c with { SolverP = DiffusersScheduler.ReadConfig(v) },
        ["predictor_order"] = (c, v) => c with { PredictorOrder = v.GetInt32() },
        ["corrector_order"] = (c, v) => c with { CorrectorOrder = v.GetInt32() },
        ["original_inference_steps"] = (c, v) => c with { OriginalInferenceSteps = v.GetInt32() },
        ["timestep_scaling"] = (c, v) => c with { TimestepScaling = PythonJson.Number(v) },
        ["shift"] = (c, v) => c with { Shift = PythonJson.Number(v) },
        ["flow_shift"] = (c, v) => c with { FlowShift = PythonJson.Number(v) },
        ["base_shift"] = (c, v) => c with { BaseShift = PythonJson.Number(v) },
        ["max_shift"] = (c, v) => c with { MaxShift = PythonJson.Number(v) },
        ["base_image_seq_len"] = (c, v) => c with { BaseImageSeqLen = v.GetInt32() },
        ["max_image_seq_len"] = (c, v) => c with { MaxImageSeqLen = v.GetInt32() },
        ["time_shift_type"] = (c, v) => c with { TimeShiftType = Choose(v, TimeShifts) },
        ["shift_terminal"] = (c, v) => c with { ShiftTerminal = PythonJson.Number(v) },
        ["sigma_data"] = (c, v) => c with { SigmaData = PythonJson.Number(v) },
        ["rho"] = (c, v) => c with { Rho = PythonJson.Number(v) },
        ["sigma_schedule"] = (c, v) => c with { SigmaSchedule = v.GetString()! },
        ["s_noise"] = (c, v) => c with { NoiseScale = PythonJson.Number(v) },
        ["s_churn"] = (c, v) => c with { ChurnAmount = PythonJson.Number(v) },
        ["s_min"] = (c, v) => c with { ChurnFrom = PythonJson.Number(v) },
        ["s_max"] = (c, v) => c with { ChurnTo = PythonJson.Number(v) },
        ["correct_steps"] = (c, v) => c with { CorrectSteps = v.GetInt32() },
        ["snr"] = (c, v) => c with { SignalToNoise = PythonJson.Number(v) },
        ["sampling_eps"] = (c, v) => c with { SamplingEps = PythonJson.Number(v) },
        ["noise_sampler_seed"] = (c, v) => c with { NoiseSamplerSeed = v.GetInt64() },
        ["upscale_mode"] = (c, v) => c with { UpscaleMode = v.GetString()! },
        ["scale_factors"] = (c, v) => c with { ScaleFactors = [.. v.EnumerateArray().Select(PythonJson.Number)] },
    }.ToFrozenDictionary();

    // Keys that say nothing of the schedule here, or only what every file has.
    private static readonly FrozenSet<string> Silent = FrozenSet.Create("_diffusers_version", "tau_func");

    public static SchedulerConfig Read(JsonElement json, SchedulerConfig defaults)
    {
        if (json.ValueKind != JsonValueKind.Object) throw new FormatException("A scheduler configuration is a JSON object.");
        SchedulerConfig config = defaults;
        foreach (JsonProperty property in json.EnumerateObject())
            config = property switch
            {
                _ when Silent.Contains(property.Name) => config,
                _ when Flags.TryGetValue(property.Name, out var flag) => Set(config, property, (c, v) => flag(c, IsTrue(v))),
                // Where a value may be None, that is the default of its class.
                { Value.ValueKind: JsonValueKind.Null } when Setters.ContainsKey(property.Name) => config,
                _ when Setters.TryGetValue(property.Name, out Setter? setter) => Set(config, property, setter),
                _ => config with { UnknownKeys = config.UnknownKeys.Add(property.Name) },
            };
        return config;
    }

    private static SchedulerConfig Set(SchedulerConfig config, JsonProperty property, Setter setter)
    {
        try
        {
            return setter(config, property.Value);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new FormatException($"The scheduler configuration's {property.Name} cannot be {property.Value.GetRawText()}: {e.Message}", e);
        }
    }

    private static bool IsTrue(JsonElement value) => value.ValueKind != JsonValueKind.Null && value.GetBoolean();

    private static T Choose<T>(JsonElement value, Dictionary<string, T> choices) => choices.TryGetValue(value.GetString() ?? "", out T? choice)
        ? choice : throw new FormatException($"it is one of {string.Join(", ", choices.Keys)}.");
}
