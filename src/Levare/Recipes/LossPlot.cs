using System.Collections.Immutable;
using Levare.Evaluation;
using Levare.Runtime;
using ScottPlot;

namespace Levare.Recipes;

/// <summary>The loss of a run as a picture.</summary>
internal static class LossPlot
{
    private const int Width = 900, Height = 450;
    private const double ShownShare = 0.98;

    /// <summary>Draws losses over pictures seen; the first ones, which dwarf all others, may lie outside.</summary>
    public static void Draw(string path, IReadOnlyList<double> images, IReadOnlyList<double> losses)
    {
        using Plot plot = new();
        var line = plot.Add.Scatter(images.Select(n => n / 1000).ToArray(), losses.ToArray());
        line.MarkerSize = 0;
        line.LineWidth = 2;
        plot.XLabel("pictures seen, in thousands");
        plot.YLabel("loss (running mean)");
        double[] sorted = [.. losses.Where(double.IsFinite).Order()];
        if (sorted.Length > 0)
        {
            double low = sorted[0], high = sorted[(int)((sorted.Length - 1) * ShownShare)];
            double margin = Math.Max(1e-6, (high - low) * 0.05);
            plot.Axes.SetLimits(0, images[^1] / 1000, low - margin, high + margin);
        }
        Save(plot, path);
    }

    /// <summary>Draws losses by noise level.</summary>
    public static void DrawLevels(string path, ImmutableArray<LevelLoss> heldOut, ImmutableArray<LevelLoss> train)
    {
        using Plot plot = new();
        Add(heldOut, "held out");
        Add(train, "trained on");
        plot.XLabel("noise, log10(sigma / alpha)");
        plot.YLabel("loss");
        plot.ShowLegend();
        Save(plot, path);

        void Add(ImmutableArray<LevelLoss> losses, string name)
        {
            var line = plot.Add.Scatter(losses.Select(l => Math.Log10(l.Sigma)).ToArray(), losses.Select(l => l.Loss).ToArray());
            line.LegendText = name;
            line.LineWidth = 2;
        }
    }

    private static void Save(Plot plot, string path)
    {
        byte[] png = plot.GetImage(Width, Height).GetImageBytes(ScottPlot.ImageFormat.Png);
        AtomicFile.Write(path, stream => stream.Write(png));
    }
}
