using Levare.Denoisers;
using Levare.Networks.UNet;

namespace Levare.Pipelines.Formats;

/// <summary>A network that does something round another one.</summary>
internal interface INetworkWrapper
{
    /// <summary>The other one.</summary>
    DenoisingNetwork Inner { get; }

    /// <summary>The same round another one still.</summary>
    DenoisingNetwork Around(DenoisingNetwork network);

    /// <summary>The conditional U-Net inside of a network; null where there is none.</summary>
    static UNet2DCondition? UNetOf(DenoisingNetwork network) => network switch
    {
        UNet2DCondition unet => unet,
        INetworkWrapper wrapper => UNetOf(wrapper.Inner),
        _ => null,
    };

    /// <summary>A network with another one in the place of the innermost. The given one stays as it is.</summary>
    static DenoisingNetwork Replace(DenoisingNetwork network, DenoisingNetwork innermost) =>
        network is INetworkWrapper wrapper ? wrapper.Around(Replace(wrapper.Inner, innermost)) : innermost;
}
