using Levare.Conditioning;
using Levare.Denoisers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>A network whose weights and arithmetic are of half precision, between a float32 input and a float32 output.</summary>
internal sealed class ReducedPrecisionNetwork : DenoisingNetwork, INetworkWrapper
{
    private readonly DenoisingNetwork inner;
    private readonly ScalarType _type;

    public ReducedPrecisionNetwork(DenoisingNetwork network, ScalarType type)
        : base(nameof(ReducedPrecisionNetwork))
    {
        inner = network;
        _type = type;
        network.to(type);
        RegisterComponents();
    }

    /// <summary>The network between.</summary>
    public DenoisingNetwork Inner => inner;

    /// <summary>Its number format.</summary>
    public ScalarType Type => _type;

    public DenoisingNetwork Around(DenoisingNetwork network) => new ReducedPrecisionNetwork(network, _type);

    public override Tensor forward(Tensor input, Tensor time, Condition condition) =>
        inner.forward(input.to(_type), time, condition.Map((_, tensor) => is_floating_point(tensor) ? tensor.to(_type) : tensor)).to(ScalarType.Float32);
}
