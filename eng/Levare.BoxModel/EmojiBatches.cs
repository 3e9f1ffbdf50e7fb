using Levare.Conditioning;
using Levare.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.BoxModel;

/// <summary>Batches of composed scenes as tensors: pictures in -1..1 and their captions' word numbers.</summary>
/// <remarks>Batch n is always the same for one seed, size and emoji set.</remarks>
internal sealed class EmojiBatches(SceneComposer composer, WordTokenizer tokenizer, int batch, int side)
{
    /// <summary>A batch as plain arrays, which may be made on any thread.</summary>
    public (float[] Pictures, long[] Words) Compose(long number)
    {
        int size = 3 * side * side;
        float[] pictures = new float[batch * size];
        long[] words = new long[batch * tokenizer.Length];
        for (int i = 0; i < batch; i++)
        {
            Scene scene = composer.Compose(number, i);
            SceneRenderer.Draw(scene, side, pictures.AsSpan(i * size, size));
            tokenizer.Encode(scene.Caption).CopyTo(words, i * tokenizer.Length);
        }
        return (pictures, words);
    }

    public (Tensor Pictures, Condition Condition) ToTensors((float[] Pictures, long[] Words) arrays) => (
        tensor(arrays.Pictures, [batch, 3, side, side]),
        Condition.None.With(WordUNet.WordsName, tensor(arrays.Words, [batch, tokenizer.Length])));
}
