using System.Collections.Frozen;
using System.Text.Json;
using Levare.Compatibility.Schedulers;
using Levare.Runtime;

namespace Levare.Compatibility;

/// <summary>One diffusers scheduler class: its defaults and its quirks, and what of the core it is made of.</summary>
internal interface ISchedulerClass
{
    /// <summary>The configuration of the class's constructor without arguments.</summary>
    SchedulerConfig Defaults { get; }

    /// <summary>Which lists of a request the class takes in the place of its own.</summary>
    RequestLists Accepts => RequestLists.Timesteps | RequestLists.Sigmas;

    /// <summary>Whether a step of the class takes eta, the share of its noise that is new.</summary>
    bool TakesEta => false;

    /// <summary>The schedule of a request.</summary>
    DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request);
}

/// <summary>Lists that a request may hold.</summary>
[Flags]
internal enum RequestLists
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary>Timesteps.</summary>
    Timesteps = 1,

    /// <summary>Sigmas.</summary>
    Sigmas = 2,
}

/// <summary>Turns a diffusers scheduler_config.json into path, parameterisation, grid and solver.</summary>
public static class DiffusersScheduler
{
    private static readonly FrozenDictionary<string, ISchedulerClass> Classes = new Dictionary<string, ISchedulerClass>
    {
        ["CMStochasticIterativeScheduler"] = new CmStochasticIterative(),
        ["CosineDPMSolverMultistepScheduler"] = new CosineDpmSolverMultistep(),
        ["DDIMInverseScheduler"] = new DdimInverse(),
        ["DDIMParallelScheduler"] = new DdimScheduler(),
        ["DDIMScheduler"] = new DdimScheduler(),
        ["DDPMParallelScheduler"] = new DdpmScheduler(),
        ["DDPMScheduler"] = new DdpmScheduler(),
        ["DEISMultistepScheduler"] = new DeisMultistep(),
        ["DPMSolverMultistepInverseScheduler"] = new DpmSolverMultistepInverse(),
        ["DPMSolverMultistepScheduler"] = new DpmSolverMultistepScheduler(),
        ["DPMSolverSDEScheduler"] = new DpmSolverSde(),
        ["DPMSolverSinglestepScheduler"] = new DpmSolverSinglestepScheduler(),
        ["EDMDPMSolverMultistepScheduler"] = new EdmDpmSolverMultistep(),
        ["EDMEulerScheduler"] = new EdmEuler(),
        ["EulerAncestralDiscreteScheduler"] = new EulerAncestralDiscrete(),
        ["EulerDiscreteScheduler"] = new EulerDiscrete(),
        ["FlowMatchEulerDiscreteScheduler"] = new FlowMatchEulerDiscrete(),
        ["FlowMatchHeunDiscreteScheduler"] = new FlowMatchHeunDiscrete(),
        ["FlowMatchLCMScheduler"] = new FlowMatchLcm(),
        ["HeunDiscreteScheduler"] = new HeunDiscrete(),
        ["IPNDMScheduler"] = new Ipndm(),
        ["KDPM2AncestralDiscreteScheduler"] = new KDpm2Discrete(eta: 1),
        ["KDPM2DiscreteScheduler"] = new KDpm2Discrete(eta: 0),
        ["KarrasVeScheduler"] = new KarrasVe(),
        ["LCMScheduler"] = new LcmScheduler(),
        ["LMSDiscreteScheduler"] = new LmsDiscrete(),
        ["PNDMScheduler"] = new Pndm(),
        ["SASolverScheduler"] = new SaSolverScheduler(),
        ["ScoreSdeVeScheduler"] = new ScoreSdeVe(),
        ["TCDScheduler"] = new TcdScheduler(),
        ["UnCLIPScheduler"] = new UnClip(),
        ["UniPCMultistepScheduler"] = new UniPcMultistep(),
    }.ToFrozenDictionary();

    /// <summary>The names of the classes that are known.</summary>
    public static IEnumerable<string> Names => Classes.Keys.Order(StringComparer.Ordinal);

    /// <summary>The names of the classes whose steps take eta; the others leave it unread.</summary>
    internal static IEnumerable<string> NamesWithEta => Names.Where(name => Classes[name].TakesEta);

    /// <summary>The schedule that a configuration and a request make.</summary>
    /// <param name="config">The root of scheduler_config.json, parsed by <see cref="PythonJson"/> where it may hold infinities.</param>
    /// <param name="request">What set_timesteps and step are given.</param>
    /// <exception cref="NotSupportedException">The class, or a setting of it, is not known.</exception>
    /// <exception cref="FormatException">A value is of the wrong kind; the message names its key.</exception>
    /// <exception cref="ArgumentException">The request does not fit the configuration.</exception>
    public static DiffusersSchedule Create(JsonElement config, ScheduleRequest request) => Create(ReadConfig(config), request);

    /// <inheritdoc cref="Create(JsonElement, ScheduleRequest)"/>
    /// <param name="config">A configuration, of <see cref="ReadConfig(JsonElement)"/>, say.</param>
    /// <param name="request">What set_timesteps and step are given.</param>
    public static DiffusersSchedule Create(SchedulerConfig config, ScheduleRequest request)
    {
        ISchedulerClass known = Class(config.ClassName);
        Check(request, config.ClassName, known.Accepts);
        return known.Create(config, request) with { UnknownKeys = config.UnknownKeys };
    }

    /// <summary>Reads a configuration over its class's defaults.</summary>
    /// <inheritdoc cref="Create(JsonElement, ScheduleRequest)"/>
    public static SchedulerConfig ReadConfig(JsonElement config)
    {
        string name = config.ValueKind == JsonValueKind.Object && config.TryGetProperty("_class_name", out JsonElement value) ? value.ToString() : "";
        if (name.Length == 0) throw new NotSupportedException("The scheduler's configuration has no _class_name.");
        return ReadConfig(config, name);
    }

    /// <summary>Reads a configuration as a given class's, whatever class it names (from_config).</summary>
    /// <inheritdoc cref="Create(JsonElement, ScheduleRequest)"/>
    /// <param name="config">The root of scheduler_config.json.</param>
    /// <param name="className">The class.</param>
    public static SchedulerConfig ReadConfig(JsonElement config, string className) =>
        SchedulerConfig.Read(config, Class(className).Defaults) with { ClassName = className };

    private static ISchedulerClass Class(string name) => Classes.TryGetValue(name, out ISchedulerClass? found) ? found
        : throw new NotSupportedException($"The scheduler class '{name}' is not known; known are {string.Join(", ", Names)}.");

    private static void Check(ScheduleRequest request, string name, RequestLists accepted)
    {
        if (request.Steps < 1) throw new ArgumentOutOfRangeException(nameof(request), request.Steps, "A schedule has at least one step.");
        if (!request.Timesteps.IsEmpty && !accepted.HasFlag(RequestLists.Timesteps)) throw new ArgumentException($"{name} takes no timesteps of the caller's.", nameof(request));
        if (!request.Sigmas.IsEmpty && !accepted.HasFlag(RequestLists.Sigmas)) throw new ArgumentException($"{name} takes no sigmas of the caller's.", nameof(request));
    }
}
