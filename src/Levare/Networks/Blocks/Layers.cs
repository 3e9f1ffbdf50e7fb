using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Torch's layers, made where <see cref="NetworkConstruction"/> says. Networks that load large checkpoints make all of theirs here.</summary>
internal static class Layers
{
    public static Linear Linear(long input, long output, bool bias = true) => nn.Linear(input, output, bias, NetworkConstruction.Device);

    public static Conv2d Conv2d(long input, long output, long kernel, long stride = 1, long padding = 0, bool bias = true) =>
        nn.Conv2d(input, output, kernel, stride, padding, bias: bias, device: NetworkConstruction.Device);

    public static EmbeddingTable Embedding(long count, long width) => new(count, width);

    public static LayerNorm LayerNorm(long width, double epsilon = 1e-5, bool affine = true) =>
        nn.LayerNorm(width, epsilon, affine, device: NetworkConstruction.Device);
}
