using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>Tensors on their way into another file: in another element type, and finite.</summary>
internal static class ConvertedTensors
{
    /// <summary>A tensor as the options want it.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="source">The file that it is of, for messages.</param>
    /// <param name="options">The options.</param>
    /// <param name="written">Told its key when it is made.</param>
    /// <param name="cancellation">Ends the conversion before it.</param>
    public static PendingTensor Of(PendingTensor tensor, string source, ConversionOptions options, Action<string>? written, CancellationToken cancellation)
    {
        bool isFloat = tensor.Type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64;
        ScalarType type = isFloat && options.Type is { } wanted ? wanted : tensor.Type;
        return tensor with
        {
            Type = type,
            Make = () =>
            {
                cancellation.ThrowIfCancellationRequested();
                Tensor made = tensor.Make().to(type);
                if (isFloat && !options.AllowNotFinite) CheckFinite(made, tensor, source, type);
                written?.Invoke(tensor.Name);
                return made;
            },
        };
    }

    private static void CheckFinite(Tensor made, PendingTensor tensor, string source, ScalarType type)
    {
        if (IsFinite(made)) return;
        using Tensor original = tensor.Make();
        string what = tensor.Origin ?? $"{source}: '{tensor.Name}'";
        throw new InvalidDataException(IsFinite(original)
            ? $"{what} has values that are too large for {type}; bfloat16 and float32 hold them."
            : $"{what} has values that are not finite (NaN or infinity): to convert it as it is, allow them (--allow-nan, {nameof(ConversionOptions)}.{nameof(ConversionOptions.AllowNotFinite)}).");
    }

    private static bool IsFinite(Tensor tensor)
    {
        using Tensor finite = tensor.isfinite(), all = finite.all();
        return all.item<bool>();
    }
}
