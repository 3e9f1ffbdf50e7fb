using System.Globalization;
using System.Text.Json;
using Levare.Codecs;
using Levare.Data;
using Levare.Denoisers;
using Levare.Runtime;
using Levare.Training;
using static TorchSharp.torch;

namespace Levare.Recipes;

/// <summary>Draws the loss and sheets of samples while a run goes on. The same noise each time, so that sheets can be compared.</summary>
/// <param name="recipe">The run's recipe.</param>
/// <param name="folder">Where the pictures go.</param>
/// <param name="classes">How many classes the network is told; 0 for none.</param>
internal sealed class RunPictures(Recipe recipe, RunFolder folder, int classes) : ITrainingListener
{
    private const long Seed = 7;
    private const int SheetWidth = 700;

    public void Stepped(TrainingProgress progress)
    {
    }

    public void Previewed(TrainingProgress progress, DenoisingNetwork network)
    {
        ImageSampler sampler = new(recipe, network, classes);
        using Tensor samples = sampler.Sample(sampler.EvenLabels(recipe.Sampling.Count), Seed);
        int columns = classes is > 1 and <= 20 ? classes : (int)Math.Ceiling(Math.Sqrt(recipe.Sampling.Count));
        RawImage sheet = PictureSheet.Of(samples, columns, Math.Max(1, SheetWidth / (columns * recipe.Data.Size)));
        string file = Path.Combine(folder.Samples, progress.Images.ToString("D9", CultureInfo.InvariantCulture) + ".png");
        AtomicFile.Write(file, stream => stream.Write(ImageEncoder.Encode(sheet)));
        DrawLoss(folder);
    }

    /// <summary>Draws the smoothed loss of metrics.jsonl over the pictures seen.</summary>
    public static void DrawLoss(RunFolder folder)
    {
        if (!File.Exists(folder.MetricsFile)) return;
        List<double> images = [], losses = [];
        foreach (string line in File.ReadLines(folder.MetricsFile))
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            images.Add(entry.RootElement.GetProperty("images").GetDouble());
            losses.Add(entry.RootElement.GetProperty("smoothed_loss").GetDouble());
        }
        if (images.Count > 1) LossPlot.Draw(folder.LossPlotFile, images, losses);
    }
}
