using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Guidance;
using Levare.Pipelines.Formats;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Recipes;

/// <summary>Samples a network that a recipe trained, in batches: for sheets on the way and for evaluation.</summary>
/// <remarks>The network must be in evaluation mode. Which samples come out depends on seed, labels and batch size alone.</remarks>
public sealed class ImageSampler
{
    private const int Batch = 100;
    private readonly Recipe _recipe;
    private readonly DenoisingNetwork _network;
    private readonly int _classes;
    private readonly Device _device;

    /// <summary>A sampler of a network.</summary>
    /// <param name="recipe">What it was trained by.</param>
    /// <param name="network">On any device, float32 or bfloat16; it stays the caller's.</param>
    /// <param name="classes">How many classes it is told; 0 for none.</param>
    public ImageSampler(Recipe recipe, DenoisingNetwork network, int classes)
    {
        Tensor weights = network.parameters().First();
        _recipe = recipe;
        _network = weights.dtype == ScalarType.Float32 ? network : new ReducedPrecisionNetwork(network, weights.dtype);
        _classes = classes;
        _device = weights.device;
    }

    /// <summary>Samples, float32 on the CPU, [count, channels, size, size] around -1..1; they are the caller's.</summary>
    /// <param name="labels">The class of each; ignored by a network without classes.</param>
    /// <param name="seed">Gives the noise.</param>
    /// <param name="cancellation">Stops it.</param>
    public Tensor Sample(IReadOnlyList<int> labels, long seed, CancellationToken cancellation = default)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededNoise noise = new(seed);
        List<Tensor> parts = [];
        foreach (int[] part in labels.Chunk(Batch)) parts.Add(SampleBatch(part, noise, cancellation));
        return cat(parts, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Labels that go through the classes in turn; zeros without classes.</summary>
    public ImmutableArray<int> EvenLabels(int count) => [.. Enumerable.Range(0, count).Select(i => _classes == 0 ? 0 : i % _classes)];

    private Tensor SampleBatch(int[] labels, SeededNoise noise, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        using var inference = no_grad();
        Grids.TimeGrid grid = _recipe.Diffusion.Grid(_recipe.Sampling.Steps);
        int size = _recipe.Data.Size;
        Tensor start = noise.Draw(labels.Length, _recipe.Data.Channels, size, size).to(_device) * grid[0].Sigma;
        IDenoiser denoiser = new NetworkDenoiser(_network, _recipe.Diffusion.Parameterisation());
        Condition condition = _classes == 0 ? Condition.None : Labels(labels);
        if (_classes > 0 && _recipe.Sampling.Guidance != 1)
            denoiser = new ClassifierFreeGuidance(denoiser, Labels([_classes]), _recipe.Sampling.Guidance);
        return Sampler.Sample(denoiser, new DpmSolverMultistep(), grid, start, noise, condition, cancellation: cancellation).cpu().MoveToOuterDisposeScope();
    }

    private Condition Labels(int[] labels) =>
        Condition.None.With(ConditionNames.ClassLabels, tensor(labels.Select(label => (long)label).ToArray(), device: _device));
}
