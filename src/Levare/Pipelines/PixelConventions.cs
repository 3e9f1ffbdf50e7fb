using System.Text.Json;
using Levare.Codecs;
using Levare.Compatibility;
using Levare.Denoisers;
using Levare.Networks;

namespace Levare.Pipelines;

/// <summary>What a pipeline class of diffusers takes for granted of a pixel model.</summary>
/// <param name="Range">The values of its pixels.</param>
/// <param name="Scheduler">The scheduler class of a configuration that names none.</param>
/// <param name="Conversion">Whether it turns schedulers of other classes into that one.</param>
internal sealed record PixelConventions(PixelRange Range, string Scheduler, SchedulerConversion Conversion = SchedulerConversion.None)
{
    private static readonly Dictionary<string, PixelConventions> Known = new(StringComparer.Ordinal)
    {
        ["DDPMPipeline"] = new(PixelRange.Signed, "DDPMScheduler"),
        ["DDIMPipeline"] = new(PixelRange.Signed, "DDIMScheduler", SchedulerConversion.Always),
        ["PNDMPipeline"] = new(PixelRange.Signed, "PNDMScheduler", SchedulerConversion.Always),
        ["ConsistencyModelPipeline"] = new(PixelRange.Signed, "CMStochasticIterativeScheduler"),
        ["ScoreSdeVePipeline"] = new(PixelRange.Unit, "ScoreSdeVeScheduler"),
        ["KarrasVePipeline"] = new(PixelRange.Signed, "KarrasVeScheduler") { ScoresOfUnitRange = true },
    };

    /// <summary>The pipelines that are known.</summary>
    public static IReadOnlyCollection<string> ClassNames => Known.Keys;

    /// <summary>Whether the network was trained as a score of pixels in 0..1, whatever <see cref="Range"/> is.</summary>
    private bool ScoresOfUnitRange { get; init; }

    /// <summary>The conventions of a pipeline class.</summary>
    /// <exception cref="NotSupportedException">It is not known; the message lists those that are.</exception>
    public static PixelConventions Of(string className) => Known.TryGetValue(className, out PixelConventions? found) ? found
        : throw new NotSupportedException($"'{className}' is no pipeline of pixel models; known are {string.Join(", ", Known.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>Reads scheduler_config.json as the pipeline does.</summary>
    public SchedulerConfig ReadScheduler(JsonElement config)
    {
        bool isNamed = config.ValueKind == JsonValueKind.Object && config.TryGetProperty("_class_name", out _);
        return isNamed && Conversion == SchedulerConversion.None ? DiffusersScheduler.ReadConfig(config) : DiffusersScheduler.ReadConfig(config, Scheduler);
    }

    /// <summary>The network as the pipeline calls it.</summary>
    public DenoisingNetwork Adapt(DenoisingNetwork network) => ScoresOfUnitRange ? new UnitRangeScore(network) : network;
}

/// <summary>Whether a pipeline replaces its model's scheduler by one of its own class with the same settings.</summary>
internal enum SchedulerConversion
{
    /// <summary>It takes the model's.</summary>
    None,

    /// <summary>It does.</summary>
    Always,
}
