using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>How well a network denoises at one level.</summary>
/// <param name="Sigma">Noise per unit of data, sigma / alpha.</param>
/// <param name="Loss">The training loss at this level, with its weight.</param>
/// <param name="SquaredError">The mean squared error of the estimated clean data.</param>
public readonly record struct LevelLoss(double Sigma, double Loss, double SquaredError)
{
    private const int Batch = 100;

    /// <summary>Measures a network on given data at given levels, with the same noise for all levels.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="parameterisation">What its output means.</param>
    /// <param name="weight">The loss weight.</param>
    /// <param name="levels">Where to measure.</param>
    /// <param name="data">[count, ...], clean.</param>
    /// <param name="condition">What is known of each.</param>
    /// <param name="seed">Gives the noise.</param>
    public static ImmutableArray<LevelLoss> Measure(
        DenoisingNetwork network, Parameterisation parameterisation, LossWeight weight, IReadOnlyList<NoiseLevel> levels, Tensor data, Condition condition, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        using Generator generator = new((ulong)seed, CPU);
        Tensor noise = randn(data.shape, generator: generator);
        return [.. levels.Select(level => At(level))];

        LevelLoss At(NoiseLevel level)
        {
            double sum = 0;
            for (long first = 0; first < data.shape[0]; first += Batch)
            {
                using DisposeScope inner = NewDisposeScope();
                long count = Math.Min(Batch, data.shape[0] - first);
                NoisedExamples examples = NoisedExamples.Make(data.narrow(0, first, count), noise.narrow(0, first, count),
                    [.. Enumerable.Repeat(level, (int)count)], parameterisation, weight);
                Tensor output = network.forward(examples.Input, examples.Times, condition.Map((_, tensor) => tensor.narrow(0, first, count)));
                sum += (output - examples.Target).square().mean().item<float>() * count;
            }
            Preconditioning c = parameterisation.At(level);
            double error = sum / data.shape[0];
            return new(level.Ratio, error * weight.At(level, c), error * c.Output * c.Output);
        }
    }
}
