// A denoiser of your own, sampled as any network is. Here the data are two numbers, -1 and +1, and the best estimate of
// the number behind x = x0 + sigma * noise is known exactly: tanh(x / sigma^2).
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Grids;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

const int Samples = 1000;
TimeGrid grid = TimeGrid.Karras(steps: 20);
using Tensor end = Sampler.Sample(new TwoPoints(), new DpmSolverMultistep(), grid, [Samples, 1], seed: 7);

float[] values = [.. end.data<float>()];
Console.WriteLine($"{values.Count(value => value > 0)} of {Samples} samples are +1, the others -1.");
Console.WriteLine($"The farthest lies {values.Max(value => MathF.Abs(MathF.Abs(value) - 1)):f6} away from its number.");

internal sealed class TwoPoints : IDenoiser
{
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new((state / (level.Sigma * level.Sigma)).tanh());
}
