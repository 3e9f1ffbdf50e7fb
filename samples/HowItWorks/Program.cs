// The pictures of docs/how-diffusion-works.md, made by the library alone.
// dotnet run --project samples/HowItWorks -- [folder to write to]
using Levare.Codecs;
using Levare.Data;
using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Grids;
using Levare.Paths;
using Levare.Pipelines;
using Levare.Sampling;
using Levare.Solvers;
using ScottPlot;
using TorchSharp;
using static TorchSharp.torch;

string folder = args.Length > 0 ? args[0] : "docs/images";
Directory.CreateDirectory(folder);
// On pictures this small, several threads wait for each other longer than they work.
set_num_threads(1);
using ImageModel model = ImageModel.LoadDefault();
ImageRequest request = new("a red apple on a blue background") { Seed = 3 };

RawImage[] noised = Noising(model.Generate(request).Image);
Write("noising.png", noised, noised.Length);
RawImage[] film = Denoising(model, request);
Write("denoising.png", film, film.Length / 2);
Write("guidance.png", [.. new[] { 1, 1.5, 2.5, 4, 8 }.Select(scale => model.Generate(request with { Guidance = scale }).Image)], 5);
Write("steps.png", [.. from sampler in new[] { "euler", "heun", "dpm++2m" }
                       from steps in new[] { 2, 4, 8, 16, 32 }
                       select model.Generate(request with { Sampler = sampler, Steps = steps }).Image], 5);
Write("seeds.png", [.. request.Repeat(8).Select(one => model.Generate(one).Image)], 8);
Trajectories(Path.Combine(folder, "trajectories.png"));

void Write(string name, IReadOnlyList<RawImage> pictures, int columns)
{
    File.WriteAllBytes(Path.Combine(folder, name), ImageEncoder.Encode(PictureSheet.Of(pictures, columns, scale: 2)));
    Console.WriteLine($"{name}: {pictures.Count} pictures");
}

// The forward process: the same noise, more and more of it. Shown at unit variance, so that the noise stays visible.
static RawImage[] Noising(RawImage picture)
{
    using SeededNoise noise = new(seed: 1);
    using Tensor clean = PixelCodec.Encode(picture).squeeze();
    using Tensor draw = noise.Draw(clean.shape);
    EdmPath path = new();
    return [.. new[] { 0, 0.1, 0.3, 0.6, 1.2, 3, 10, 80 }.Select(time =>
    {
        using DisposeScope scope = NewDisposeScope();
        NoiseLevel level = path.At(time);
        return PixelCodec.Decode((clean * level.Alpha + draw * level.Sigma) / Math.Sqrt(1 + level.Sigma * level.Sigma));
    })];
}

// The reverse process: above what the solver holds, below what the network takes the finished picture to be.
static RawImage[] Denoising(ImageModel model, ImageRequest request)
{
    ImageStep[] steps = [.. model.Steps(request)];
    ImageStep[] shown = [.. Enumerable.Range(0, 8).Select(i => steps[i * (steps.Length - 1) / 7])];
    return [.. shown.Select(step => step.Noisy), .. shown.Select(step => step.Preview)];
}

// Five Gaussians whose best denoiser is known exactly: where noise flows to, for a few steps and for many.
static void Trajectories(string path)
{
    using DisposeScope scope = NewDisposeScope();
    const int Modes = 5, Points = 60;
    Tensor angle = arange(Modes, ScalarType.Float64) * (2 * Math.PI / Modes);
    Tensor means = stack([angle.cos(), angle.sin()], 1);
    using GaussianMixture mixture = GaussianMixture.Isotropic(ones(Modes, ScalarType.Float64), means, full(Modes, 0.08, ScalarType.Float64));
    Multiplot figure = new();
    figure.AddPlots(2);
    figure.Layout = new ScottPlot.MultiplotLayouts.Grid(1, 2);
    foreach ((int index, int steps) in new[] { (0, 4), (1, 40) })
    {
        using SeededNoise noise = new(seed: 5);
        TimeGrid grid = TimeGrid.Karras(steps, 0.01, 3);
        Tensor start = noise.Draw(Points, 2).to(ScalarType.Float64) * grid[0].Sigma;
        List<double[]> states = [[.. start.data<double>()]];
        foreach (SamplerStep step in Sampler.Run(mixture, new Euler(), grid, start, noise)) states.Add([.. step.State.data<double>()]);
        Plot plot = figure.GetPlot(index);
        for (int point = 0; point < Points; point++)
        {
            Coordinates[] line = [.. states.Select(state => new Coordinates(state[2 * point], state[2 * point + 1]))];
            plot.Add.ScatterLine(line, Colors.SteelBlue.WithAlpha(0.5)).LineWidth = 1;
            plot.Add.Marker(line[^1], MarkerShape.FilledCircle, 5, Colors.OrangeRed);
        }
        plot.Title($"{steps} steps of Euler");
        plot.Axes.SetLimits(-3, 3, -3, 3);
    }
    figure.SavePng(path, 900, 450);
    Console.WriteLine("trajectories.png: the paths of 60 points");
}
