using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks;

/// <summary>TorchSharp's layers with weights drawn so that unit variance in gives a known deviation out, and zero biases.</summary>
internal static class ScaledLayers
{
    private const int GroupSize = 16;

    /// <summary>A convolution that keeps the size (or divides it by the stride); <paramref name="gain"/> is the deviation of its output.</summary>
    public static Conv2d Conv(int from, int to, int kernel = 3, int stride = 1, double gain = 1)
    {
        Conv2d layer = Layers.Conv2d(from, to, kernel, stride, kernel / 2);
        Draw(layer.weight, layer.bias!, gain / Math.Sqrt(from * kernel * kernel));
        return layer;
    }

    /// <summary>A linear layer; <paramref name="gain"/> is the deviation of its output.</summary>
    public static Linear Linear(int from, int to, double gain = 1)
    {
        Linear layer = Layers.Linear(from, to);
        Draw(layer.weight, layer.bias!, gain / Math.Sqrt(from));
        return layer;
    }

    /// <summary>Group norm with 16 channels a group.</summary>
    public static GroupNorm Norm(int channels) => Normalisation.Group(channels / GroupSize, channels, epsilon: 1e-5);

    private static void Draw(Parameter weight, Parameter bias, double deviation)
    {
        using var noGradient = no_grad();
        nn.init.normal_(weight, 0, deviation);
        nn.init.zeros_(bias);
    }
}
