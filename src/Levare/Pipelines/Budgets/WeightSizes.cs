using Levare.Pipelines.Formats;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Budgets;

/// <summary>The bytes that the weights of a latent model's parts take once they are loaded, read from the heads of their files.</summary>
/// <param name="Conditioner">What reads words.</param>
/// <param name="Network">The U-Net.</param>
/// <param name="Autoencoder">The autoencoder.</param>
/// <param name="Staying">What is in memory from the first to the last request: what reads pictures.</param>
internal readonly record struct WeightSizes(long Conditioner, long Network, long Autoencoder, long Staying)
{
    private const string PictureReader = "image_encoder";
    private static readonly string[] WordReaders = ["text_encoder", "text_encoder_2"];

    /// <summary>All of them.</summary>
    public long Total => Conditioner + Network + Autoencoder + Staying;

    /// <summary>The largest part that comes and goes, with what stays.</summary>
    public long Largest => Math.Max(Conditioner, Math.Max(Network, Autoencoder)) + Staying;

    /// <summary>The sizes of a model's parts in a type.</summary>
    public static WeightSizes Of(ModelFiles model, ModelLoading loading, ScalarType type)
    {
        return new(WordReaders.Sum(Size), Size("unet"), Size("vae"), Size(PictureReader));

        long Size(string part) => model.Has(part) ? Of(model, part, loading.Variant, type) : 0;
    }

    private static long Of(ModelFiles model, string part, string? variant, ScalarType type)
    {
        using IWeights weights = model.Component(part).OpenWeights(variant);
        return weights.Entries.Values.Sum(entry => TensorSizes.Bytes(entry.Shape, SafetensorsTypes.Size(type)));
    }
}
