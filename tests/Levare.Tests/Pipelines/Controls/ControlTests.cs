using Levare.Conditioning;
using Levare.Data;
using Levare.Denoisers;
using Levare.Paths;
using Levare.Pipelines;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Tasks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Controls;

public sealed class ControlTests : IDisposable
{
    private static readonly RawImage Picture = TinyLatentModel.Picture();
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyLatentModel _model = new();
    private readonly TinyControls _controls = new();

    public void Dispose()
    {
        _controls.Dispose();
        _model.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Runs_with_different_controls_on_one_model_give_at_once_what_they_give_alone()
    {
        ControlNetModel net = _controls.ControlNet(_model);
        T2IAdapterModel adapter = _controls.Adapter(_model);
        ImageBatch plain = _model.Batch(1);
        ImageBatch[] batches =
        [
            plain with { Controls = [new ControlNetImage(net, Picture) { End = 0.6 }] },
            plain with { Controls = [new ControlNetImage(net, TinyLatentModel.RightHalf()) { Mode = ControlMode.Guess }, new FeatureBalance(new(1.2, 1.4, 0.9, 0.2))] },
            plain with { Controls = [new AdapterImage(adapter, Picture)], Guidance = new PerturbedAttention().Beside(plain.Guidance, _model.Parts) },
            plain with { Guidance = new SelfAttention().Beside(plain.Guidance, _model.Parts) },
        ];
        float[][] alone = [.. batches.Select(Numbers)], together = new float[batches.Length][];
        Thread[] threads = [.. batches.Select((batch, i) => new Thread(() => together[i] = Numbers(batch)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        for (int i = 0; i < batches.Length; i++) Assert.Equal(alone[i], together[i]);
        float[] without = Numbers(plain);
        Assert.All(alone, steered => Assert.NotEqual(without, steered));
        Assert.Equal(alone.Length, alone.DistinctBy(steered => steered[0]).Count());
    }

    [Theory]
    [InlineData("EulerDiscreteScheduler", null, "0110")]
    [InlineData("PNDMScheduler", null, "01100")]
    [InlineData("HeunDiscreteScheduler", null, "0011100")]
    [InlineData("PNDMScheduler", 0.5, "010")]
    [InlineData("HeunDiscreteScheduler", 0.5, "010")]
    public void A_control_counts_from_its_start_to_its_end_by_calls_of_the_network(string scheduler, double? strength, string counts)
    {
        using TinyLatentModel model = new(scheduler: scheduler);
        List<double[]> heard = [];
        ImageControl control = new ControlNetImage(_controls.ControlNet(model), Picture) { Start = 0.2, End = 0.75 };
        ImageBatch batch = model.Batch(1) with { Controls = [new Listener(heard), control] };
        LatentPipelineTests.Run(model, strength is null ? batch : batch with { Task = new ImageToImage(Picture) { Strength = strength } }, 3);
        Assert.Equal(counts, string.Concat(heard.Select(scales => scales[0])));
    }

    [Fact]
    public void Work_round_the_mask_alone_cuts_control_pictures_to_it_too()
    {
        byte[] mask = new byte[40 * 30], lit = new byte[40 * 30 * 3];
        for (int y = 10; y < 16; y++) mask.AsSpan(y * 40 + 20, 6).Fill(byte.MaxValue);
        for (int y = 8; y < 18; y++) lit.AsSpan((y * 40 + 18) * 3, 10 * 3).Fill(byte.MaxValue);
        Inpaint task = new(TinyLatentModel.Picture(40, 30), new(40, 30, 1, mask)) { Padding = 2 };
        Assert.Equal(1, Hint(task).min().item<float>(), 1e-3);
        Assert.Equal(0, Hint(task with { Padding = null }).min().item<float>(), 1e-3);

        Tensor Hint(ImageTask work)
        {
            ImagePlan plan = _model.Pipeline.Plan(_model.Batch(1) with { Task = work, Size = new(16, 16) });
            using TaskContext context = new(plan, _model.Parts, new Levare.Sampling.SeededNoise(3), CPU);
            return new ControlNetImage(_controls.ControlNet(_model), new(40, 30, 3, lit)).Prepare(context).Condition[ConditionNames.ControlImage(0)].clone();
        }
    }

    [Fact]
    public void Guessing_leaves_what_is_gone_away_from_alone()
    {
        List<double[]> heard = [];
        ImageControl control = new ControlNetImage(_controls.ControlNet(_model), Picture) { Mode = ControlMode.Guess, Scale = 0.5 };
        Run(_model.Batch(1, 2) with { Controls = [new Listener(heard), control] });
        Assert.All(heard, scales => Assert.Equal([0, 0, 0.5, 0.5], scales));
    }

    [Fact]
    public void Controls_of_scale_zero_change_nothing()
    {
        Tensor plain = Run(_model.Batch(1));
        ImageControl net = new ControlNetImage(_controls.ControlNet(_model), Picture) { Scale = 0 }, adapter = new AdapterImage(_controls.Adapter(_model), Picture) { Scale = 0 };
        Assert.True(plain.allclose(Run(_model.Batch(1) with { Controls = [net, adapter] }), atol: 1e-5));
    }

    [Fact]
    public void Adapters_add_up_and_stop_after_their_share_of_the_steps()
    {
        T2IAdapterModel adapter = _controls.Adapter(_model);
        AdapterImage one = new(adapter, Picture), never = one with { Until = 0 };
        Tensor whole = Run(With(one)), parts = Run(With(one with { Scale = 0.3 }, one with { Scale = 0.7 }));
        Assert.True(whole.allclose(parts, atol: 1e-3));
        Assert.True(Run(_model.Batch(1)).allclose(Run(With(never))));
        Assert.False(whole.allclose(Run(With(one with { Until = 0.5 })), atol: 1e-3));
    }

    [Fact]
    public void Networks_for_another_base_are_refused_with_what_does_not_fit()
    {
        Refused("cross_attention_dim is [7, 7], where this model has [6, 6]", () => _controls.ControlNet(_model, unet => unet with { CrossAttentionDim = [7, 7] }));
        Refused("block_out_channels is [8, 32], where this model has [8, 16]", () => _controls.ControlNet(_model, unet => unet with { BlockOutChannels = [8, 32] }));
        Refused("in_channels is 9, where this model has 4", () => _controls.ControlNet(_model, unet => unet with { InChannels = 9 }));
        Refused("its channels are [8, 24], where this model's U-Net has [8, 16]", () => _controls.Adapter(_model, 8, 24));
    }

    [Fact]
    public void A_model_that_nothing_can_steer_says_so()
    {
        using Bare network = new();
        ImagePipeline unsteerable = new(_model.Parts with { Network = network }, CPU);
        ImageBatch batch = With(new ControlNetImage(_controls.ControlNet(_model), Picture));
        Assert.Contains("controls steer U-Nets of Stable Diffusion", Assert.Throws<RequestException>(() => Run(unsteerable, batch)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(-0.1, 1)]
    [InlineData(0, 1.1)]
    [InlineData(double.NaN, 1)]
    public void A_part_of_the_run_that_is_none_is_refused(double start, double end) => Assert.Throws<RequestException>(
        () => Run(With(new ControlNetImage(_controls.ControlNet(_model), Picture) { Start = start, End = end })));

    [Fact]
    public void A_name_that_is_neither_here_nor_of_the_hub_is_said_so() =>
        Assert.Contains("no file or folder", Assert.Throws<FileNotFoundException>(() => ControlModel.Load("nothing here", _model.Parts, CPU, new())).Message, StringComparison.Ordinal);

    [Fact]
    public void Models_of_half_precision_are_steered_too()
    {
        using TinyLatentModel model = new();
        ControlNetModel net = _controls.ControlNet(model);
        ImagePipeline pipeline = new(model.Parts with { Network = new ReducedPrecisionNetwork(model.Parts.Network, ScalarType.BFloat16) }, CPU);
        Tensor plain = Run(pipeline, model.Batch(1)), steered = Run(pipeline, model.Batch(1) with { Controls = [new ControlNetImage(net, Picture)] });
        Assert.False(plain.allclose(steered, atol: 1e-3));
    }

    [Fact]
    public void A_run_with_controls_leaves_nothing_behind()
    {
        ImageControl[] all = [new ControlNetImage(_controls.ControlNet(_model), Picture) { End = 0.6 }, new AdapterImage(_controls.Adapter(_model), Picture), new FeatureBalance(new(1.2, 1.4, 0.9, 0.2))];
        ImageBatch batch = With(all);
        foreach (AttentionGuidance attention in new AttentionGuidance[] { new PerturbedAttention(), new SelfAttention() })
        {
            ImageBatch guided = batch with { Guidance = attention.Beside(batch.Guidance, _model.Parts) };
            long before = LiveTensors.Count;
            Run(guided).Dispose();
            Assert.Equal(before, LiveTensors.Count);
        }
    }

    private static void Refused(string message, Action load) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(load).Message, StringComparison.Ordinal);

    private ImageBatch With(params ImageControl[] controls) => _model.Batch(1) with { Controls = [.. controls] };

    private Tensor Run(ImageBatch batch) => Run(_model.Pipeline, batch);

    private static Tensor Run(ImagePipeline pipeline, ImageBatch batch)
    {
        ImagePlan plan = pipeline.Plan(batch);
        using RunNoise noise = RunNoise.Of(3, plan.Slice.Schedule, CPU);
        Tensor? last = null;
        foreach (PipelineStep step in pipeline.Run(plan, noise))
            if (step.Index == step.Count - 1) last = step.State.clone();
        return last!;
    }

    private float[] Numbers(ImageBatch batch)
    {
        using Tensor state = Run(batch);
        return [.. state.data<float>()];
    }

    private sealed class Bare() : DenoisingNetwork(nameof(Bare))
    {
        public override Tensor forward(Tensor input, Tensor time, Condition condition) => input;
    }

    /// <summary>Hears the scales of the first ControlNet, row by row, as the network is told them.</summary>
    private sealed record Listener(List<double[]> Heard) : ImageControl
    {
        internal override RunPart Prepare(TaskContext context) => new() { Denoiser = inner => new Denoiser(inner, Heard) };

        private sealed record Denoiser(IDenoiser Inner, List<double[]> Heard) : IDenoiser
        {
            public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
            {
                Heard.Add([.. condition[ConditionNames.ControlScale(0)].data<float>().Select(scale => (double)scale)]);
                return Inner.Denoise(state, level, condition);
            }

            public IDenoiser ForRun(DenoisingRun run) => this with { Inner = Inner.ForRun(run) };
        }
    }
}
