using Levare.Conditioning;
using Levare.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>A small convolutional classifier, trained on the data at hand in minutes; its last hidden layer gives features.</summary>
/// <remarks><c>forward(pictures)</c>: [count, channels, size, size] in -1..1 to logits [count, classes].</remarks>
public sealed class PictureClassifier : nn.Module<Tensor, Tensor>
{
    /// <summary>How many features it gives.</summary>
    public const int FeatureCount = 128;

    private const int Width = 24, Pooled = 4;
    private readonly Conv2d conv1, conv2, conv3;
    private readonly Linear features, logits;

    /// <summary>A classifier with fresh weights from torch's generator.</summary>
    /// <param name="channels">Channels of the pictures.</param>
    /// <param name="classes">How many classes.</param>
    public PictureClassifier(int channels, int classes) : base(nameof(PictureClassifier))
    {
        conv1 = nn.Conv2d(channels, Width, 3, padding: 1);
        conv2 = nn.Conv2d(Width, 2 * Width, 3, padding: 1);
        conv3 = nn.Conv2d(2 * Width, 4 * Width, 3, padding: 1);
        features = nn.Linear(4 * Width * Pooled * Pooled, FeatureCount);
        logits = nn.Linear(FeatureCount, classes);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        return logits.call(nn.functional.dropout(Features(pictures), 0.3, training)).MoveToOuterDisposeScope();
    }

    /// <summary>The last hidden layer, [count, <see cref="FeatureCount"/>].</summary>
    public Tensor Features(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = nn.functional.max_pool2d(nn.functional.relu(conv1.call(pictures)), 2);
        hidden = nn.functional.max_pool2d(nn.functional.relu(conv2.call(hidden)), 2);
        hidden = nn.functional.relu(conv3.call(hidden));
        hidden = nn.functional.adaptive_avg_pool2d(hidden, [Pooled, Pooled]);
        return nn.functional.relu(features.call(hidden.flatten(1))).MoveToOuterDisposeScope();
    }

    /// <summary>Trains it: AdamW with a rate that falls to 0, cross-entropy.</summary>
    /// <param name="batches">Pictures with the condition <see cref="ConditionNames.ClassLabels"/>.</param>
    /// <param name="steps">Batches that are seen.</param>
    /// <param name="cancellation">Stops it.</param>
    public void Train(IBatchSource batches, long steps, CancellationToken cancellation = default)
    {
        KeyValuePair<string, Tensor>[] weights = [.. named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter))];
        using Optimiser optimiser = new(new Training.AdamW(), weights);
        CosineDecay schedule = new(steps) { WarmUp = Math.Min(50, steps / 10) };
        train();
        for (long step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            TrainingBatch batch = batches.Read(step);
            Tensor labels = batch.Condition[ConditionNames.ClassLabels];
            nn.functional.cross_entropy(forward(batch.Data), labels).backward();
            optimiser.Step([.. weights.Select(pair => pair.Value.grad)], 2e-3 * schedule.At(step));
            zero_grad();
            batch.Data.Dispose();
            labels.Dispose();
        }
        eval();
    }

    /// <summary>The most likely class of each picture.</summary>
    public long[] Classify(Tensor pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        return forward(pictures).argmax(1).data<long>().ToArray();
    }
}
