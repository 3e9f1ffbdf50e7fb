using Levare.Conditioning;
using Levare.Networks;
using Levare.Training;
using static TorchSharp.torch;

namespace Levare.BoxModel;

/// <summary>Batches of composed scenes: pictures in -1..1 and their captions' word numbers.</summary>
/// <remarks>Batch n is always the same for one composer, tokeniser and size. Thread-safe.</remarks>
internal sealed class EmojiBatches(SceneComposer composer, WordTokenizer tokenizer, int batch, int side) : IBatchSource
{
    /// <inheritdoc/>
    public TrainingBatch Read(long number)
    {
        (float[] pictures, long[] words) = Compose(number);
        return new(tensor(pictures, [batch, 3, side, side]), Condition.None.With(WordUNet.WordsName, tensor(words, [batch, tokenizer.Length])));
    }

    private (float[] Pictures, long[] Words) Compose(long number)
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
}
