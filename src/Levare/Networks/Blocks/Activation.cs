using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>The non-linearities that networks choose from.</summary>
public enum Activation
{
    /// <summary>x sigmoid(x), also called swish.</summary>
    Silu,

    /// <summary>x tanh(softplus(x)).</summary>
    Mish,

    /// <summary>x times the normal distribution function of x, exact.</summary>
    Gelu,

    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x sigmoid(1.702 x): CLIP's approximation of GELU.</summary>
    QuickGelu,
}

/// <summary>How activations are spelt in configurations, and what they compute.</summary>
internal static class Activations
{
    /// <summary>The activation of a configuration's name; case does not matter.</summary>
    /// <exception cref="FormatException">There is none of that name; the message lists the known ones.</exception>
    public static Activation Parse(string name) => name.ToLowerInvariant() switch
    {
        "silu" or "swish" => Activation.Silu,
        "mish" => Activation.Mish,
        "gelu" => Activation.Gelu,
        "relu" => Activation.Relu,
        "quick_gelu" => Activation.QuickGelu,
        _ => throw new FormatException($"unknown activation '{name}'; known are silu (swish), mish, gelu, relu, quick_gelu"),
    };

    /// <summary>The name that configurations use.</summary>
    public static string Name(this Activation activation) => activation is Activation.QuickGelu ? "quick_gelu" : activation.ToString().ToLowerInvariant();

    /// <summary>Applies the activation, element by element.</summary>
    public static Tensor Apply(this Activation activation, Tensor x) => activation switch
    {
        Activation.Silu => nn.functional.silu(x),
        Activation.Mish => nn.functional.mish(x),
        Activation.Gelu => nn.functional.gelu(x),
        Activation.Relu => nn.functional.relu(x),
        Activation.QuickGelu => x * sigmoid(x * 1.702),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation"),
    };
}
