using Levare.Denoisers;
using Levare.Networks.UNet;
using Levare.Pipelines.Tasks;

namespace Levare.Pipelines.Controls;

/// <summary>A run's network as a denoiser, with all that steers it: as it is, and with something done to its inside.</summary>
/// <param name="context">The run.</param>
/// <param name="parts">What wraps the denoiser inside of guidance.</param>
/// <param name="evaluated">Hears of the rows of each evaluation.</param>
internal sealed class RunNetwork(TaskContext context, IReadOnlyList<RunPart> parts, Action<long> evaluated)
{
    /// <summary>The network as it is.</summary>
    public IDenoiser Plain => With(interventions => interventions);

    /// <summary>The network with something done to its inside. It lives as long as the run.</summary>
    public IDenoiser With(Func<UNetInterventions, UNetInterventions> change)
    {
        DenoisingNetwork own = context.Parts.Network, steered = context.Steering.Around(own, change);
        if (!ReferenceEquals(own, steered)) context.Own(steered);
        IDenoiser network = new NetworkDenoiser(steered, context.Schedule.Parameterisation);
        if (context.Plan.Memory is { } memory) network = new SplitEvaluations(network, memory.Rows);
        network = new CountedEvaluations(network, evaluated);
        return parts.Aggregate(network, (inner, part) => part.Denoiser(inner));
    }
}
