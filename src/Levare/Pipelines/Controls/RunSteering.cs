using Levare.Denoisers;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Pipelines.Formats;

namespace Levare.Pipelines.Controls;

/// <summary>What stands beside a run's U-Net, and what is done to its inside. It belongs to one run and owns nothing.</summary>
internal sealed class RunSteering
{
    private readonly List<ControlBranch> _controlNets = [];
    private readonly List<IpAdapter> _imagePrompts = [];
    private UNetInterventions _interventions = UNetInterventions.None;

    /// <summary>Puts a ControlNet beside the U-Net.</summary>
    /// <returns>Its place, which its conditions name.</returns>
    public int Add(ControlBranch branch)
    {
        _controlNets.Add(branch);
        return _controlNets.Count - 1;
    }

    /// <summary>Puts an IP-Adapter beside the U-Net.</summary>
    /// <returns>Its place, which its conditions name.</returns>
    public int Add(IpAdapter adapter)
    {
        _imagePrompts.Add(adapter);
        return _imagePrompts.Count - 1;
    }

    /// <summary>Balances features and skips.</summary>
    /// <exception cref="RequestException">That was asked for already.</exception>
    public void Balance(FreeU weights)
    {
        if (_interventions.FreeU is not null) throw new RequestException("the features were balanced twice: one set of weights is taken.");
        _interventions = _interventions with { FreeU = weights };
    }

    /// <summary>A network with all of this; itself where nothing steers it.</summary>
    /// <param name="network">The network; it stays as it is.</param>
    /// <param name="change">What else is done to its inside.</param>
    public DenoisingNetwork Around(DenoisingNetwork network, Func<UNetInterventions, UNetInterventions> change)
    {
        UNetInterventions interventions = change(_interventions);
        if (_controlNets.Count == 0 && _imagePrompts.Count == 0 && interventions == UNetInterventions.None) return network;
        return INetworkWrapper.Replace(network, new ControlledNetwork(Require(network)) { ControlNets = [.. _controlNets], ImagePrompts = [.. _imagePrompts], Interventions = interventions });
    }

    /// <summary>The U-Net inside of a network.</summary>
    /// <exception cref="RequestException">It has none.</exception>
    public static UNet2DCondition Require(DenoisingNetwork network) => INetworkWrapper.UNetOf(network)
        ?? throw new RequestException($"controls steer U-Nets of Stable Diffusion, and this model has a {network.GetName()}.");
}
