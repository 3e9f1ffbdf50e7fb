using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Denoisers.Oracles;
using Levare.Grids;
using Levare.Guidance;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Sampling;

public sealed class SamplerTests : IDisposable
{
    private static readonly TimeGrid Grid = TimeGrid.Karras(8);
    private readonly GaussianMixture _oracle = GaussianMixture.Isotropic(
        tensor(new[] { 0.3, 0.7 }), randn([2, 12], ScalarType.Float64, generator: new Generator(5)), tensor(new[] { 0.5, 0.8 }));

    public static TheoryData<string> Solvers() => [nameof(Euler), nameof(DpmSolverMultistep), nameof(Noisy)];

    public void Dispose() => _oracle.Dispose();

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_request_gives_the_same_bits_alone_and_among_eight_threads(string solver)
    {
        float[] alone = Request(Make(solver), 3);
        float[][] among = new float[16][];
        Parallel.For(0, among.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => among[i] = Request(Make(solver), i % 2 == 0 ? 3 : i));
        for (int i = 0; i < among.Length; i += 2) Assert.Equal(alone, among[i]);
        Assert.NotEqual(alone, among[1]);
    }

    [Fact]
    public void A_seed_alone_gives_what_its_draws_give()
    {
        using SeededNoise noise = new(7);
        using Tensor drawn = noise.Draw(4, 3, 2, 2), start = drawn * Grid[0].Sigma;
        using Tensor expected = Sampler.Sample(_oracle, new Noisy(), Grid, start, noise);
        long before = LiveTensors.Count;
        using Tensor actual = Sampler.Sample(_oracle, new Noisy(), Grid, [4, 3, 2, 2], 7);
        Assert.Equal(before + 1, LiveTensors.Count);
        Assert.True(actual.Equals(expected));
    }

    [Fact]
    public void A_row_with_its_own_seed_is_the_same_alone_and_in_a_batch()
    {
        float[] Row(long[] seeds, int row)
        {
            using DisposeScope scope = NewDisposeScope();
            using PerItemNoise noise = new(seeds);
            Tensor start = noise.Draw(seeds.Length, 3, 2, 2) * Grid[0].Sigma;
            return Sampler.Sample(_oracle, new Noisy(), Grid, start, noise)[row].data<float>().ToArray();
        }

        Assert.Equal(Row([9], 0), Row([4, 9, 1, 7], 1));
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_run_leaves_the_caller_one_tensor(string solver)
    {
        _ = Request(Make(solver), 1);
        using Tensor start = randn(4, 3, 2, 2);
        using SeededNoise noise = new(1);
        long before = LiveTensors.Count;
        using (Tensor result = Sampler.Sample(_oracle, Make(solver), Grid, start, noise)) Assert.Equal(before + 1, LiveTensors.Count);
        Assert.False(start.IsInvalid);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_run_that_is_left_in_the_middle_leaves_nothing(string solver)
    {
        using Tensor start = randn(4, 3, 2, 2);
        using SeededNoise noise = new(1);
        long before = LiveTensors.Count;
        foreach (SamplerStep step in Sampler.Run(_oracle, Make(solver), Grid, start, noise))
            if (step.Index == 4) break;
        Assert.Equal(before, LiveTensors.Count);
        Assert.False(start.IsInvalid);
    }

    [Fact]
    public void Memory_is_flat_over_many_runs()
    {
        IDenoiser guided = new AdaptiveProjectedGuidance(new DenoiserPair(_oracle, _oracle), 2) { Momentum = -0.5 };
        using Tensor start = randn(4, 3, 2, 2);
        long most = 0, before = LiveTensors.Count;
        for (int i = 0; i < 200; i++)
        {
            using SeededNoise noise = new(i);
            using Tensor result = Sampler.Sample(guided, new DpmSolverMultistep(), Grid, start, noise);
            most = Math.Max(most, LiveTensors.Count);
        }
        Assert.Equal(before + 1, most);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Cancellation_stops_before_the_next_evaluation_and_leaves_nothing()
    {
        using CancellationTokenSource source = new();
        CancelAfter denoiser = new(_oracle, 5, source);
        using Tensor start = randn(4, 3, 2, 2);
        using SeededNoise noise = new(1);
        long before = LiveTensors.Count;
        Assert.Throws<OperationCanceledException>(() => Sampler.Sample(denoiser, new DpmSolverMultistep(), Grid, start, noise, cancellation: source.Token));
        Assert.Equal(5, denoiser.Evaluations);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Cancellation_is_seen_between_the_two_evaluations_of_guidance()
    {
        using CancellationTokenSource source = new();
        using Counting network = new(3, source);
        NetworkDenoiser denoiser = new(network, new SamplePrediction());
        using Tensor label = zeros(1), start = randn(1, 3, 2, 2);
        SequentialConditionPair pair = new(denoiser, Condition.None.With("y", label));
        IDenoiser guidance = new GuidanceInterval(new ClassifierFreeGuidance(pair, 2), denoiser, 0, 100);
        Assert.Throws<OperationCanceledException>(() => Sampler.Sample(
            guidance, new Euler(), Grid, start, new RecordedNoise([]), Condition.None.With("y", label), cancellation: source.Token));
        Assert.Equal(3, network.Evaluations);
    }

    [Fact]
    public void A_failing_denoiser_leaves_nothing()
    {
        using Tensor start = randn(4, 3, 2, 2);
        long before = LiveTensors.Count;
        Assert.Throws<NotFiniteNumberException>(() => Sampler.Sample(new Broken(), new Euler(), Grid, start, new RecordedNoise([])));
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void An_estimate_that_is_not_finite_is_told_with_its_level()
    {
        using Tensor start = randn(1, 3, 2, 2);
        var error = Assert.Throws<NotFiniteNumberException>(() => Sampler.Sample(new Broken(), new Euler(), Grid, start, new RecordedNoise([])));
        Assert.Contains("sigma 80", error.Message);
    }

    [Fact]
    public void A_step_whose_state_is_not_finite_is_told_apart_from_an_estimate()
    {
        using Tensor start = randn(1, 3, 2, 2);
        long before = LiveTensors.Count;
        var error = Assert.Throws<NotFiniteNumberException>(() => Sampler.Sample(_oracle, new Lost(), Grid, start, new RecordedNoise([])));
        Assert.Contains("state after step 0", error.Message);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Every_step_is_yielded_with_its_state_and_estimate()
    {
        using Tensor start = randn(2, 3, 2, 2);
        using SeededNoise noise = new(1);
        int index = 0;
        foreach (SamplerStep step in Sampler.Run(_oracle, new Euler(), Grid, start, noise))
        {
            Assert.Equal(index++, step.Index);
            Assert.Equal(Grid.Steps, step.Count);
            Assert.Equal(start.shape, step.State.shape);
            Assert.Equal(start.shape, step.Denoised.shape);
        }
        Assert.Equal(Grid.Steps, index);
    }

    [Fact]
    public void The_start_and_a_scope_round_the_run_stay_the_caller_s()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor start = randn(2, 3, 2, 2), copy = start.clone();
        Tensor result = Sampler.Sample(_oracle, new DpmSolverMultistep(), Grid, start, new RecordedNoise([]));
        Assert.True(start.Equals(copy));
        Assert.False(result.IsInvalid);
        Assert.False(result.requires_grad);
    }

    private float[] Request(ISolver solver, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using SeededNoise noise = new(seed);
        Tensor start = noise.Draw(4, 3, 2, 2) * Grid[0].Sigma;
        return Sampler.Sample(_oracle, solver, Grid, start, noise).data<float>().ToArray();
    }

    private static ISolver Make(string name) => name switch
    {
        nameof(Euler) => new Euler(),
        nameof(DpmSolverMultistep) => new DpmSolverMultistep(),
        _ => new Noisy(),
    };

    /// <summary>Draws at every step: data anew at each level.</summary>
    private sealed record Noisy : ISolver
    {
        public SolverResult Step(SolverStep step, SolverMemory? memory)
        {
            Tensor denoised = step.Denoise(step.State, step.Now).Denoised;
            return new(denoised * step.Next.Alpha + step.Noise.Draw(step.State.shape) * step.Next.Sigma, denoised);
        }
    }

    private sealed class CancelAfter(IDenoiser inner, int evaluations, CancellationTokenSource source) : IDenoiser
    {
        public int Evaluations { get; private set; }

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            if (++Evaluations == evaluations) source.Cancel();
            return inner.Denoise(state, level, condition);
        }
    }

    private sealed class Counting(int cancelAt, CancellationTokenSource source) : DenoisingNetwork(nameof(Counting))
    {
        public int Evaluations { get; private set; }

        public override Tensor forward(Tensor input, Tensor time, Condition condition)
        {
            if (++Evaluations == cancelAt) source.Cancel();
            return input * 0.5;
        }
    }

    private sealed class Lost : ISolver
    {
        public SolverResult Step(SolverStep step, SolverMemory? memory)
        {
            Tensor denoised = step.Denoise(step.State, step.Now).Denoised;
            return new(denoised * double.NaN, denoised);
        }
    }

    private sealed class Broken : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(state * double.NaN);
    }
}
