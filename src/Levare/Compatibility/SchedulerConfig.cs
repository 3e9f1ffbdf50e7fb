using System.Collections.Immutable;
using System.Text.Json;
using Levare.Grids;

namespace Levare.Compatibility;

/// <summary>What a network of the diffusers kind predicts.</summary>
public enum PredictionType
{
    /// <summary>The noise.</summary>
    Epsilon,

    /// <summary>The clean data.</summary>
    Sample,

    /// <summary>v = alpha eps - sigma x0.</summary>
    VPrediction,

    /// <summary>The velocity eps - x0 of a straight path.</summary>
    FlowPrediction,
}

/// <summary>How the betas of training are spaced.</summary>
public enum BetaSchedule
{
    /// <summary>Equally.</summary>
    Linear,

    /// <summary>Their square roots equally.</summary>
    ScaledLinear,

    /// <summary>From a squared cosine.</summary>
    SquaredCosine,

    /// <summary>On a logistic curve.</summary>
    Sigmoid,

    /// <summary>From an exponential.</summary>
    Exponential,

    /// <summary>From a Laplace distribution.</summary>
    Laplace,
}

/// <summary>The variance of an ancestral step.</summary>
public enum VarianceType
{
    /// <summary>The posterior's.</summary>
    FixedSmall,

    /// <summary>The posterior's, by way of its logarithm.</summary>
    FixedSmallLog,

    /// <summary>beta.</summary>
    FixedLarge,

    /// <summary>ln beta, where a variance is expected.</summary>
    FixedLargeLog,

    /// <summary>The network's second half.</summary>
    Learned,

    /// <summary>Between those two in the logarithm, by the network's second half.</summary>
    LearnedRange,
}

/// <summary>What a list of sigmas ends with.</summary>
public enum FinalSigma
{
    /// <summary>Zero: no noise is left.</summary>
    Zero,

    /// <summary>The smallest sigma of training.</summary>
    Min,
}

/// <summary>A diffusers scheduler_config.json: its values where it has them, the class's defaults where it has not.</summary>
/// <remarks>
/// The defaults here are those that most classes share; a class names its own where it differs. A class looks only at the keys that its
/// Python original has. Property names are the keys in Pascal case.
/// </remarks>
public sealed record SchedulerConfig
{
    /// <summary>_class_name.</summary>
    public string ClassName { get; init; } = "";

    /// <summary>Keys of the file that no diffusers class known here has, in the file's order.</summary>
    public ImmutableArray<string> UnknownKeys { get; init; } = [];

    /// <summary>The number of discrete steps of training.</summary>
    public int NumTrainTimesteps { get; init; } = 1000;

    /// <summary>The first beta.</summary>
    public double BetaStart { get; init; } = 1e-4;

    /// <summary>The last beta.</summary>
    public double BetaEnd { get; init; } = 0.02;

    /// <summary>The spacing of the betas.</summary>
    public BetaSchedule BetaSchedule { get; init; } = BetaSchedule.Linear;

    /// <summary>Betas given one by one; the four values above are then ignored. Empty when they are not.</summary>
    public ImmutableArray<float> TrainedBetas { get; init; } = [];

    /// <summary>Whether the betas are rescaled so that the last step is pure noise.</summary>
    public bool RescaleBetasZeroSnr { get; init; }

    /// <summary>What the network predicts.</summary>
    public PredictionType PredictionType { get; init; } = PredictionType.Epsilon;

    /// <summary>How timesteps are picked.</summary>
    public TimestepSpacing TimestepSpacing { get; init; } = TimestepSpacing.Linspace;

    /// <summary>Added to leading timesteps.</summary>
    public int StepsOffset { get; init; }

    /// <summary>Whether the level after the last step has alpha = 1; else it is that of timestep 0.</summary>
    public bool SetAlphaToOne { get; init; } = true;

    /// <summary>PNDM: whether to begin without Runge-Kutta steps.</summary>
    public bool SkipPrkSteps { get; init; }

    /// <summary>Euler: discrete, or continuous for c_noise = ln(sigma) / 4.</summary>
    public string TimestepType { get; init; } = "discrete";

    /// <summary>Euler: linear, or log_linear.</summary>
    public string InterpolationType { get; init; } = "linear";

    /// <summary>What the sigmas end with.</summary>
    public FinalSigma FinalSigmasType { get; init; } = FinalSigma.Zero;

    /// <summary>The smallest sigma of a respaced list, or null for the table's.</summary>
    public double? SigmaMin { get; init; }

    /// <summary>The largest sigma of a respaced list, or null for the table's.</summary>
    public double? SigmaMax { get; init; }

    /// <summary>Respace the sigmas by Karras.</summary>
    public bool UseKarrasSigmas { get; init; }

    /// <summary>Respace the sigmas exponentially.</summary>
    public bool UseExponentialSigmas { get; init; }

    /// <summary>Respace the sigmas by a beta distribution.</summary>
    public bool UseBetaSigmas { get; init; }

    /// <summary>Use a straight path's sigmas.</summary>
    public bool UseFlowSigmas { get; init; }

    /// <summary>Respace the log-SNR.</summary>
    public bool UseLuLambdas { get; init; }

    /// <summary>Timesteps with a smaller lambda are left out.</summary>
    public double LambdaMinClipped { get; init; } = double.NegativeInfinity;

    /// <summary>Whether x0 is clamped.</summary>
    public bool ClipSample { get; init; }

    /// <summary>To what.</summary>
    public double ClipSampleRange { get; init; } = 1;

    /// <summary>Whether x0 is thresholded dynamically.</summary>
    public bool Thresholding { get; init; }

    /// <summary>The quantile of dynamic thresholding.</summary>
    public double DynamicThresholdingRatio { get; init; } = 0.995;

    /// <summary>The largest threshold.</summary>
    public double SampleMaxValue { get; init; } = 1;

    /// <summary>The variance of an ancestral step, or null.</summary>
    public VarianceType? VarianceType { get; init; }

    /// <summary>The order of a multistep or singlestep solver.</summary>
    public int SolverOrder { get; init; } = 2;

    /// <summary>A solver's variant: midpoint, heun, logrho, bh1, bh2.</summary>
    public string SolverType { get; init; } = "midpoint";

    /// <summary>dpmsolver, dpmsolver++, sde-dpmsolver, sde-dpmsolver++, deis, data_prediction, noise_prediction.</summary>
    public string AlgorithmType { get; init; } = "dpmsolver++";

    /// <summary>Whether short runs end with lower orders.</summary>
    public bool LowerOrderFinal { get; init; } = true;

    /// <summary>Whether the last step is of first order.</summary>
    public bool EulerAtFinal { get; init; }

    /// <summary>UniPC: whether it works on x0 rather than the noise.</summary>
    public bool PredictX0 { get; init; } = true;

    /// <summary>UniPC: the steps without a corrector.</summary>
    public ImmutableArray<int> DisableCorrector { get; init; } = [];

    /// <summary>UniPC: a predictor of another class, or null.</summary>
    public SchedulerConfig? SolverP { get; init; }

    /// <summary>SA-Solver: the predictor's order.</summary>
    public int PredictorOrder { get; init; } = 2;

    /// <summary>SA-Solver: the corrector's order.</summary>
    public int CorrectorOrder { get; init; } = 2;

    /// <summary>LCM and TCD: the steps of the teacher.</summary>
    public int OriginalInferenceSteps { get; init; } = 50;

    /// <summary>LCM: the factor of the timestep in the boundary condition.</summary>
    public double TimestepScaling { get; init; } = 10;

    /// <summary>The static shift of a straight path.</summary>
    public double Shift { get; init; } = 1;

    /// <summary>The static shift where use_flow_sigmas asks for a straight path.</summary>
    public double FlowShift { get; init; } = 1;

    /// <summary>Whether the shift depends on the picture's size.</summary>
    public bool UseDynamicShifting { get; init; }

    /// <summary>mu of the small picture.</summary>
    public double BaseShift { get; init; } = 0.5;

    /// <summary>mu of the large picture.</summary>
    public double MaxShift { get; init; } = 1.15;

    /// <summary>The small picture's tokens.</summary>
    public int BaseImageSeqLen { get; init; } = 256;

    /// <summary>The large picture's tokens.</summary>
    public int MaxImageSeqLen { get; init; } = 4096;

    /// <summary>How mu enters.</summary>
    public TimeShiftType TimeShiftType { get; init; } = TimeShiftType.Exponential;

    /// <summary>What the last shifted time is stretched to, or null.</summary>
    public double? ShiftTerminal { get; init; }

    /// <summary>Whether sigmas are turned round, for models whose time grows with the data.</summary>
    public bool InvertSigmas { get; init; }

    /// <summary>Whether each step of a straight path draws new noise.</summary>
    public bool StochasticSampling { get; init; }

    /// <summary>EDM: the standard deviation of the data.</summary>
    public double SigmaData { get; init; } = 0.5;

    /// <summary>EDM: the exponent of Karras' spacing.</summary>
    public double Rho { get; init; } = 7;

    /// <summary>EDM: karras, or exponential.</summary>
    public string SigmaSchedule { get; init; } = "karras";

    /// <summary>Consistency and churn: the factor of the noise.</summary>
    public double NoiseScale { get; init; } = 1;

    /// <summary>How much noise is added before a step: see <see cref="Solvers.Churn"/>.</summary>
    public double ChurnAmount { get; init; }

    /// <summary>The lowest sigma at which it is added.</summary>
    public double ChurnFrom { get; init; }

    /// <summary>The highest sigma at which it is added.</summary>
    public double ChurnTo { get; init; } = double.PositiveInfinity;

    /// <summary>Score: Langevin steps at each level.</summary>
    public int CorrectSteps { get; init; } = 1;

    /// <summary>Score: how long a Langevin step is.</summary>
    public double SignalToNoise { get; init; } = 0.15;

    /// <summary>Score: the last time that the network is told.</summary>
    public double SamplingEps { get; init; } = 1e-5;

    /// <summary>Consistency: whether x0 is clamped.</summary>
    public bool ClipDenoised { get; init; } = true;

    /// <summary>DPM-SDE: the seed of its Brownian tree, or null.</summary>
    public long? NoiseSamplerSeed { get; init; }

    /// <summary>Multi-scale flow: the sizes of the picture at each step relative to the first; empty for none.</summary>
    public ImmutableArray<double> ScaleFactors { get; init; } = [];

    /// <summary>Multi-scale flow: how the picture is resized.</summary>
    public string UpscaleMode { get; init; } = "bicubic";

    /// <summary>Reads a file's values over a class's defaults.</summary>
    /// <param name="json">The root of scheduler_config.json.</param>
    /// <param name="defaults">What the class has where the file is silent.</param>
    /// <exception cref="FormatException">A value is of the wrong kind or unknown; the message names key and value.</exception>
    public static SchedulerConfig Read(JsonElement json, SchedulerConfig defaults) => SchedulerConfigReader.Read(json, defaults);
}
