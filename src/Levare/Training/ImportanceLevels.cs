using Levare.Paths;

namespace Levare.Training;

/// <summary>Levels drawn by how large their loss was of late (Nichol and Dhariwal 2021, section 3.3), without a change of the loss's mean.</summary>
/// <param name="Base">What is drawn before every bin has its history, and what the loss is an average over.</param>
/// <param name="Bins">The base's quantiles are cut into so many equal parts.</param>
/// <param name="History">Losses remembered of each part.</param>
/// <param name="Uniform">The share of draws that stays with the base.</param>
/// <remarks>A run keeps the losses, and its checkpoints save them.</remarks>
public sealed record ImportanceLevels(LevelDistribution Base, int Bins = 64, int History = 10, double Uniform = 0.001) : LevelDistribution
{
    /// <inheritdoc/>
    public override double TimeAt(double u, INoisePath path) => Base.TimeAt(u, path);
}

/// <summary>The losses of each part of the levels, and the draws that follow from them. Not thread-safe.</summary>
internal sealed class ImportanceSampler(ImportanceLevels settings)
{
    private readonly double[] _losses = new double[settings.Bins * settings.History];
    private readonly int[] _counts = new int[settings.Bins];

    /// <summary>The losses kept and how many each part has, for a checkpoint.</summary>
    public (double[] Losses, int[] Counts) State => (_losses, _counts);

    /// <summary>Goes back to a saved state.</summary>
    public void Restore(double[] losses, int[] counts)
    {
        if (losses.Length != _losses.Length || counts.Length != _counts.Length)
            throw new InvalidDataException($"The checkpoint has {counts.Length} parts of {losses.Length} losses; the settings have {_counts.Length} of {_losses.Length}.");
        losses.CopyTo(_losses, 0);
        counts.CopyTo(_counts, 0);
    }

    /// <summary>Turns uniform draws into shares of the base distribution and the weights that keep the loss's mean.</summary>
    public (double Share, double Weight)[] Draw(IReadOnlyList<double> uniform)
    {
        double[] probabilities = Probabilities();
        return [.. uniform.Select(u => Draw(u, probabilities))];
    }

    /// <summary>Remembers an unweighted loss at a share of the base distribution.</summary>
    public void Add(double share, double loss)
    {
        int bin = Math.Min((int)(share * settings.Bins), settings.Bins - 1);
        // A full history loses its oldest loss: the counter runs on and wraps.
        _losses[bin * settings.History + _counts[bin] % settings.History] = loss;
        _counts[bin] = _counts[bin] + 1 < 2 * settings.History ? _counts[bin] + 1 : settings.History;
    }

    /// <summary>How probable each part is: the base's own probability until all histories are full, then by the root of the mean square loss.</summary>
    public double[] Probabilities()
    {
        double even = 1.0 / settings.Bins;
        if (_counts.Any(count => count < settings.History)) return [.. _counts.Select(_ => even)];
        double[] roots = [.. _counts.Select((_, bin) => Math.Sqrt(_losses.AsSpan(bin * settings.History, settings.History).ToArray().Average(x => x * x)))];
        double sum = roots.Sum();
        return sum > 0 ? [.. roots.Select(root => (1 - settings.Uniform) * root / sum + settings.Uniform * even)] : [.. roots.Select(_ => even)];
    }

    private (double Share, double Weight) Draw(double u, double[] probabilities)
    {
        int bin = 0;
        for (; bin < probabilities.Length - 1 && u >= probabilities[bin]; bin++) u -= probabilities[bin];
        double within = Math.Clamp(u / probabilities[bin], 1e-12, 1 - 1e-12);
        return ((bin + within) / settings.Bins, 1 / (settings.Bins * probabilities[bin]));
    }
}
