using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks.Autoencoders;
using Levare.Paths;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Tasks;
using Levare.Sampling;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Verification.StableDiffusion;

/// <summary>What goes into a pipeline's networks and comes out of them during one run. It keeps copies of its own.</summary>
internal sealed class PipelineRecording : IDisposable
{
    private readonly List<Tensor> _kept = [];

    /// <summary>One call of the denoising network.</summary>
    public sealed record NetworkCall(Tensor Input, Tensor Time, Condition Condition, Tensor Output);

    /// <summary>The calls of the denoising network.</summary>
    public List<NetworkCall> Calls { get; } = [];

    /// <summary>The state before each evaluation, a row for each picture.</summary>
    public List<Tensor> States { get; } = [];

    /// <summary>The pictures that were encoded, and their moments: means, then logarithms of variances.</summary>
    public List<(Tensor Pixels, Tensor Moments)> Encoded { get; } = [];

    /// <summary>The latents that were decoded, and their pictures.</summary>
    public List<(Tensor Latents, Tensor Pixels)> Decoded { get; } = [];

    /// <summary>A network that is listened to.</summary>
    public DenoisingNetwork Listen(DenoisingNetwork network) => new Network(network, this);

    /// <summary>An autoencoder that is listened to.</summary>
    public ILatentCodec Listen(ILatentCodec codec) => new Codec(codec, this);

    /// <summary>What listens to a run's states.</summary>
    public ImageControl ListenToStates() => new StateControl(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _kept) tensor.Dispose();
    }

    // How many scopes lie around a network depends on the solver; none of them is to take what is kept.
    private Tensor Keep(Tensor tensor)
    {
        Tensor copy = tensor.clone().DetachFromDisposeScope();
        _kept.Add(copy);
        return copy;
    }

    private sealed class Network : DenoisingNetwork, INetworkWrapper
    {
        private readonly DenoisingNetwork inner;
        private readonly PipelineRecording _recording;

        public Network(DenoisingNetwork network, PipelineRecording recording) : base(nameof(Network))
        {
            (inner, _recording) = (network, recording);
            RegisterComponents();
        }

        public DenoisingNetwork Inner => inner;

        public DenoisingNetwork Around(DenoisingNetwork network) => new Network(network, _recording);

        public override Tensor forward(Tensor input, Tensor time, Condition condition)
        {
            Tensor output = inner.call(input, time, condition);
            Tensor whole = condition.Find(ConditionNames.Channels) is { } channels ? cat([input, channels], 1) : input;
            _recording.Calls.Add(new(_recording.Keep(whole), _recording.Keep(time), condition.Map((_, tensor) => _recording.Keep(tensor)), _recording.Keep(output)));
            return output;
        }
    }

    private sealed class Codec(ILatentCodec inner, PipelineRecording recording) : ILatentCodec, IDisposable
    {
        public int Factor => inner.Factor;

        public int LatentChannels => inner.LatentChannels;

        public LatentScale Scale => inner.Scale;

        public LatentPosterior Encode(Tensor pixels)
        {
            LatentPosterior posterior = inner.Encode(pixels);
            Tensor moments = posterior.LogVariance is { } variance ? cat([posterior.Mean, variance], 1) : posterior.Mean;
            recording.Encoded.Add((recording.Keep(pixels), recording.Keep(moments)));
            return posterior;
        }

        public Tensor Decode(Tensor latents)
        {
            Tensor pixels = inner.Decode(latents);
            recording.Decoded.Add((recording.Keep(latents), recording.Keep(pixels)));
            return pixels;
        }

        public void Dispose() => (inner as IDisposable)?.Dispose();
    }

    private sealed record StateControl(PipelineRecording Recording) : ImageControl
    {
        internal override RunPart Prepare(TaskContext context) => new() { Denoiser = inner => new Denoiser(inner, Recording, context.Batch) };
    }

    // Guidance asks for several rows of each picture, which all have its state, and may ask several times, at other states too.
    private sealed record Denoiser(IDenoiser Inner, PipelineRecording Recording, int Batch, DenoisingRun? Run = null) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            if (Recording.States.Count == Run!.Evaluation) Recording.States.Add(Recording.Keep(state.narrow(0, 0, Batch)));
            return Inner.Denoise(state, level, condition);
        }

        public IDenoiser ForRun(DenoisingRun run) => this with { Inner = Inner.ForRun(run), Run = run };
    }
}
