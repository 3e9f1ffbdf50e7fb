using Levare.Parameterisations;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>A batch with noise added, and what the network should make of it.</summary>
/// <param name="Input">What the network sees, [batch, ...]: the noisy state times c_in.</param>
/// <param name="Times">What it is told of the level, [batch].</param>
/// <param name="Target">What it should give, [batch, ...].</param>
/// <param name="Weights">How much each example's error counts, [batch].</param>
public sealed record NoisedExamples(Tensor Input, Tensor Times, Tensor Target, Tensor Weights)
{
    /// <summary>Adds noise to clean data, each example at its own level.</summary>
    /// <param name="data">[batch, ...], float32, clean.</param>
    /// <param name="noise">Standard normal, in the data's shape.</param>
    /// <param name="levels">One for each example.</param>
    /// <param name="parameterisation">What the network predicts.</param>
    /// <param name="weight">How much the error at each level counts.</param>
    /// <exception cref="InvalidOperationException">At one of the levels the output does not determine the estimate.</exception>
    public static NoisedExamples Make(Tensor data, Tensor noise, IReadOnlyList<NoiseLevel> levels, Parameterisation parameterisation, LossWeight weight)
    {
        Coefficients[] each = [.. levels.Select(level => Coefficients.Of(level, parameterisation, weight))];
        Tensor input = data * Column(each, c => c.InputData, data) + noise * Column(each, c => c.InputNoise, data);
        Tensor target = data * Column(each, c => c.TargetData, data) + noise * Column(each, c => c.TargetNoise, data);
        return new(input, Vector(each, c => c.Time, data), target, Vector(each, c => c.Weight, data));
    }

    private static Tensor Vector(Coefficients[] each, Func<Coefficients, double> select, Tensor like) =>
        tensor(each.Select(c => (float)select(c)).ToArray(), device: like.device);

    private static Tensor Column(Coefficients[] each, Func<Coefficients, double> select, Tensor like) =>
        Vector(each, select, like).view([each.Length, .. Enumerable.Repeat(1L, (int)like.dim() - 1)]);

    private readonly record struct Coefficients(double InputData, double InputNoise, double TargetData, double TargetNoise, double Time, double Weight)
    {
        // With x = alpha x0 + sigma eps, the target (x0 - c_skip x) / c_out is a sum of x0 and eps too. Summing the factors first, in
        // double precision, spares the differences of nearly equal tensors that the formula has at small sigma.
        public static Coefficients Of(NoiseLevel level, Parameterisation parameterisation, LossWeight weight)
        {
            Preconditioning c = parameterisation.At(level);
            Coefficients all = new(c.Input * level.Alpha, c.Input * level.Sigma,
                (1 - c.Skip * level.Alpha) / c.Output, -c.Skip * level.Sigma / c.Output, c.Noise, weight.At(level, c));
            if (double.IsFinite(all.TargetData) && double.IsFinite(all.TargetNoise) && double.IsFinite(all.Weight)) return all;
            throw new InvalidOperationException(
                $"{parameterisation} with {weight} has no finite target at alpha = {level.Alpha}, sigma = {level.Sigma}: draw other levels.");
        }
    }
}
