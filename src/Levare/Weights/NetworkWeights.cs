using Levare.Networks;
using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>How one parameter or buffer of a network gets a file's values.</summary>
internal static class NetworkWeights
{
    /// <summary>Fills a tensor that has memory, or gives one without the file's own or a converted copy. The shapes agree.</summary>
    public static void Assign(Tensor target, IWeights weights, string name)
    {
        if (target.device_type != DeviceType.META)
        {
            weights.LoadInto(name, target);
            return;
        }
        bool requiresGradient = target.requires_grad;
        using Tensor source = weights.Map(name, is_floating_point(target) ? NetworkConstruction.WeightType ?? target.dtype : target.dtype);
        // The network's object stays and only what it stands for changes, so that neither its fields nor torch's registers need to know.
        NativeTensor.Exchange(target, source);
        target.requires_grad = requiresGradient;
    }
}
