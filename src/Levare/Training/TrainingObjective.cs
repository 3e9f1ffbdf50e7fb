using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>The loss of a batch.</summary>
/// <param name="Each">[batch]: each example's weighted loss.</param>
/// <param name="Times">[batch]: what the network was told of its level.</param>
/// <param name="Weights">[batch]: the weights in it.</param>
/// <param name="Shares">[batch]: where in the level distribution it was drawn, 0..1.</param>
internal readonly record struct BatchLoss(Tensor Each, Tensor Times, Tensor Weights, double[] Shares);

/// <summary>What is made small: a batch gets noise, the network's output is compared with its target. Holds no state of a run.</summary>
internal sealed class TrainingObjective(DenoisingNetwork network, Parameterisation parameterisation, INoisePath path, TrainingSettings settings,
    ITrainingDraws draws, INullCondition? nullCondition)
{
    public DenoisingNetwork Network => network;

    /// <summary>The loss of a batch, with its graph.</summary>
    /// <param name="batch">Stays the caller's.</param>
    /// <param name="number">The batch's number, which decides all draws.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="importance">Draws the levels, where that is wanted.</param>
    public BatchLoss Loss(TrainingBatch batch, long number, Device device, ImportanceSampler? importance)
    {
        Tensor data = batch.Data.to(device);
        int count = (int)data.shape[0];
        double[] uniform = Shares(number, count);
        (double Share, double Weight)[] drawn = importance?.Draw(uniform) ?? [.. uniform.Select(u => (u, 1.0))];
        NoiseLevel[] levels = [.. drawn.Select(d => path.At(settings.Levels.TimeAt(d.Share, path)))];
        NoisedExamples examples = NoisedExamples.Make(data, draws.Noise(number, data.shape, device), levels, parameterisation, settings.Weight);
        Tensor weights = importance is null ? examples.Weights : examples.Weights * tensor(drawn.Select(d => (float)d.Weight).ToArray(), device: device);
        Tensor output = Output(examples, Drop(batch.Condition.Map((_, tensor) => tensor.to(device)), number, count, device), number);
        return new(settings.Error.Of(output - examples.Target).flatten(1).mean([1]) * weights, examples.Times, weights, [.. drawn.Select(d => d.Share)]);
    }

    private Tensor Output(NoisedExamples examples, Condition condition, long number)
    {
        // Drop-out inside a network knows only the global generator.
        _ = manual_seed(draws.NetworkSeed(number));
        Tensor input = settings.Precision == Precision.BFloat16 ? examples.Input.to(ScalarType.BFloat16) : examples.Input;
        Tensor output = network.forward(input, examples.Times, condition).to(ScalarType.Float32);
        return output.shape.SequenceEqual(examples.Target.shape) ? output : throw new InvalidOperationException(
            $"The network gave [{string.Join(", ", output.shape)}] where [{string.Join(", ", examples.Target.shape)}] is trained.");
    }

    private double[] Shares(long number, int count)
    {
        double[] uniform = draws.Levels(number, count);
        return settings.Spread == LevelSpread.Independent ? uniform : [.. uniform.Select((u, i) => (i + u) / count)];
    }

    private Condition Drop(Condition condition, long number, int count, Device device)
    {
        if (settings.ConditionDropout == 0) return condition;
        bool[] rows = [.. draws.ConditionDropout(number, count).Select(u => u < settings.ConditionDropout)];
        return nullCondition!.Replace(condition, tensor(rows, device: device));
    }
}
