using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>A change that the file holds as it is, times a scale.</summary>
internal sealed class FullDelta(AdapterTensor difference, double scale = 1) : WeightDelta(difference.Shape)
{
    protected override Tensor Change(Tensor weight) => difference.Load(weight.device) * scale;
}
