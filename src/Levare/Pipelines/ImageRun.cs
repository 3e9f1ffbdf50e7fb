using System.Diagnostics;
using Levare.Codecs;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Guidance;
using Levare.Pipelines.Formats;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>A request with everything decided. It may be run any number of times.</summary>
internal sealed class ImageRun(
    ImageModelParts parts, DiffusersSchedule schedule, ImageRecipe recipe, Latents? initial, long[] shape, Device device)
{
    /// <summary>Runs it, step by step, in the caller's thread.</summary>
    public IEnumerable<ImageStep> Steps(CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using SeededNoise noise = new(recipe.Seed, device);
        using Tensor start = Start(noise);
        INoiseSource? stepNoise = schedule.StepNoise?.Invoke(recipe.Seed);
        Condition condition = Condition.None, negative = Condition.None;
        try
        {
            condition = Kept(() => parts.Conditioner.Encode(recipe.Prompt));
            negative = Kept(Negative);
            long evaluations = 0;
            IDenoiser network = new CountedEvaluations(new NetworkDenoiser(parts.Network, schedule.Parameterisation), rows => evaluations += rows);
            IDenoiser denoiser = schedule.Correction(Guided(network, negative));
            foreach (SamplerStep step in Sampler.Run(denoiser, schedule.Solver, schedule.Grid, start, stepNoise ?? noise, condition, cancellation))
            {
                RawImage noisy = Picture(step.State), preview = Picture(step.Denoised);
                bool last = step.Index == step.Count - 1;
                ImageResult? result = last ? new(noisy, recipe, new(step.State), clock.Elapsed, evaluations) : null;
                yield return new(step.Index, step.Count, noisy, preview, result);
            }
        }
        finally
        {
            (stepNoise as IDisposable)?.Dispose();
            foreach (Tensor tensor in condition.Tensors.Values.Concat(negative.Tensors.Values)) tensor.Dispose();
        }
    }

    private Tensor Start(SeededNoise noise)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor drawn = initial is null ? noise.Draw(shape) * (parts.Defaults.Temperature ?? 1) : initial.ToTensor(device);
        return (drawn * schedule.InitialScale).MoveToOuterDisposeScope();
    }

    private IDenoiser Guided(IDenoiser network, Condition negative)
    {
        if (recipe.Guidance == 1) return network;
        IDenoiser guided = new ClassifierFreeGuidance(network, negative, recipe.Guidance);
        ImageDefaults defaults = parts.Defaults;
        return defaults.GuidanceFrom is null && defaults.GuidanceTo is null ? guided
            : new GuidanceInterval(guided, network, defaults.GuidanceFrom ?? 0, defaults.GuidanceTo ?? double.PositiveInfinity);
    }

    private Condition Negative()
    {
        if (recipe.Negative.Length > 0)
            return recipe.Guidance != 1 ? parts.Conditioner.Encode(recipe.Negative)
                : throw new RequestException("a negative prompt works through guidance, and guidance is 1, which is none: ask for more.");
        if (recipe.Guidance == 1) return Condition.None;
        return parts.Conditioner.EncodeNothing()
            ?? throw new RequestException($"this model was not trained for guidance: it cannot be {recipe.Guidance}, only 1, which is none.");
    }

    private RawImage Picture(Tensor state)
    {
        using Tensor single = state[0];
        return PixelCodec.Decode(single, parts.Range);
    }

    // What encoding makes on the way dies at once; the condition lives as long as the run.
    private static Condition Kept(Func<Condition> encode)
    {
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Condition condition = encode();
        foreach (Tensor tensor in condition.Tensors.Values) tensor.MoveToOuterDisposeScope();
        return condition;
    }
}
