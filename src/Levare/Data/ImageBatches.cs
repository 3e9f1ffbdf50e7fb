using Levare.Conditioning;
using Levare.Runtime;
using Levare.Training;
using static TorchSharp.torch;

namespace Levare.Data;

/// <summary>What the network is told of a picture.</summary>
public interface IImageConditioner
{
    /// <summary>The condition of a batch of pictures of a set; its tensors are the caller's.</summary>
    /// <param name="images">The set.</param>
    /// <param name="indices">Which of its pictures, in order.</param>
    Condition Condition(ImageSet images, ReadOnlySpan<int> indices);
}

/// <summary>The network is told nothing.</summary>
public sealed record NoImageCondition : IImageConditioner
{
    /// <inheritdoc/>
    public Condition Condition(ImageSet images, ReadOnlySpan<int> indices) => Conditioning.Condition.None;
}

/// <summary>The network is told the class: <c>class_labels</c>, int64 [batch].</summary>
public sealed record ClassCondition : IImageConditioner
{
    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">A picture has no class.</exception>
    public Condition Condition(ImageSet images, ReadOnlySpan<int> indices)
    {
        long[] labels = new long[indices.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = images.Labels[indices[i]];
            if (labels[i] < 0) throw new InvalidDataException($"{images.Names[indices[i]]} has no class, and the recipe trains on classes.");
        }
        return Conditioning.Condition.None.With(ConditionNames.ClassLabels, tensor(labels, dtype: ScalarType.Int64));
    }
}

/// <summary>Shuffled, augmented batches of a set: data float32 in -1..1, [batch, channels, size, size].</summary>
/// <remarks>A batch is a function of the seed and its number alone. Thread-safe.</remarks>
public sealed class ImageBatches : IBatchSource
{
    private readonly ImageSet _images;
    private readonly int[] _chosen;
    private readonly int _batch, _size;
    private readonly Augmentation _augmentation;
    private readonly IImageConditioner _conditioner;
    private readonly long _seed;
    private readonly EpochOrder _order;

    /// <summary>Batches of some of a set's pictures.</summary>
    /// <param name="images">The set; it stays the caller's and must outlive this.</param>
    /// <param name="chosen">The pictures that are drawn; all when null.</param>
    /// <param name="batch">Pictures a batch.</param>
    /// <param name="size">The side of the result, at most the set's.</param>
    /// <param name="augmentation">How a picture varies from sight to sight.</param>
    /// <param name="conditioner">What the network is told.</param>
    /// <param name="seed">Gives order and variation.</param>
    public ImageBatches(
        ImageSet images, IReadOnlyList<int>? chosen, int batch, int size, Augmentation augmentation, IImageConditioner conditioner, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, images.Shape.Size);
        (_images, _chosen, _batch, _size) = (images, [.. chosen ?? [.. Enumerable.Range(0, images.Count)]], batch, size);
        (_augmentation, _conditioner, _seed) = (augmentation, conditioner, seed);
        _order = new(_chosen.Length, seed);
    }

    /// <summary>How many pictures there are to draw from.</summary>
    public int Count => _chosen.Length;

    /// <inheritdoc/>
    public TrainingBatch Read(long number)
    {
        int[] indices = new int[_batch];
        long first = checked(number * _batch);
        for (int i = 0; i < _batch; i++) indices[i] = _chosen[_order[first + i]];
        return new(Tensor(indices, i => new SeededRandom(_seed, first + i, 1)), _conditioner.Condition(_images, indices));
    }

    /// <summary>Given pictures as they are, without variation: float32 in -1..1, [count, channels, size, size].</summary>
    public static Tensor Plain(ImageSet images, IReadOnlyList<int> indices, int size) =>
        new ImageBatches(images, indices, 1, size, Augmentation.None, new NoImageCondition(), 0).Tensor(indices, _ => null);

    private Tensor Tensor(IReadOnlyList<int> indices, Func<int, SeededRandom?> random)
    {
        int channels = _images.Shape.Channels, length = channels * _size * _size;
        Tensor data = empty(indices.Count, channels, _size, _size, dtype: ScalarType.Float32);
        for (int i = 0; i < indices.Count; i++)
            _augmentation.Apply(_images.Pixels(indices[i]), _images.Shape.Size, NativeTensor.Floats(data).Slice(i * length, length), _size, random(i));
        return data;
    }
}
