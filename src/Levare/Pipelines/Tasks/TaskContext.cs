using Levare.Codecs;
using Levare.Compatibility;
using Levare.Data;
using Levare.Denoisers;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Formats;
using Levare.Solvers;
using static TorchSharp.torch;

namespace Levare.Pipelines.Tasks;

/// <summary>What a task knows of the run that it prepares. It belongs to one run and keeps the tensors that the run needs.</summary>
internal sealed class TaskContext(ImagePlan plan, ImageModelParts parts, INoiseSource noise, Device device) : IDisposable
{
    private readonly List<IDisposable> _kept = [];

    /// <summary>What was decided.</summary>
    public ImagePlan Plan => plan;

    /// <summary>The model.</summary>
    public ImageModelParts Parts => parts;

    /// <summary>Where the network computes.</summary>
    public Device Device => device;

    /// <summary>The whole schedule.</summary>
    public DiffusersSchedule Schedule => plan.Slice.Schedule;

    /// <summary>What steers the network from beside and from inside: controls add to it.</summary>
    public RunSteering Steering { get; } = new();

    /// <summary>The number of pictures.</summary>
    public int Batch => plan.Batch.Count;

    /// <summary>The state's shape.</summary>
    public long[] StateShape => plan.StateShape(parts);

    /// <summary>What makes pictures ready to be encoded. Sizes fit the model already.</summary>
    public ImagePreprocessor Picture => ImagePreprocessor.Picture with { Multiple = 1, Channels = parts.Space.PictureChannels };

    /// <summary>What makes masks ready.</summary>
    public static ImagePreprocessor Mask { get; } = ImagePreprocessor.Mask with { Multiple = 1 };

    /// <summary>A picture in the run's size, [1, channels, height, width] in -1..1.</summary>
    public Tensor Pixels(RawImage picture) => Picture.Encode(picture, plan.Size.Width, plan.Size.Height);

    /// <summary>What is drawn from where a picture that all rows share is encoded or noised.</summary>
    public INoiseSource PictureNoise => plan.Batch.PictureDraws == PictureDraws.ByTheFirst ? noise.First : noise;

    /// <summary>The noise that the run starts from: given latents, or the next draw.</summary>
    public Tensor StartNoise()
    {
        if (plan.Batch.InitialLatents is { } given) return given.ToTensor(device);
        Tensor drawn = noise.Draw(StateShape);
        return plan.Batch.Temperature is { } temperature ? drawn * temperature : drawn;
    }

    /// <summary>The states of pictures, a row for each picture of the batch; encoding may draw.</summary>
    /// <param name="pixels">[1 or batch, channels, height, width] in -1..1. One picture is encoded once, and drawn once where all rows share a source of noise.</param>
    public Tensor Encode(Tensor pixels) => Rows(parts.Space.Encode(pixels.to(device), PictureNoise));

    /// <summary>A tensor of one row, or of some rows that go into the batch, in the batch's rows: a b a b.</summary>
    /// <exception cref="RequestException">The batch is no multiple of them.</exception>
    public Tensor Rows(Tensor tensor)
    {
        long rows = tensor.shape[0];
        if (rows == Batch) return tensor;
        return Batch % rows == 0 ? tensor.repeat([Batch / rows, .. Enumerable.Repeat(1L, (int)tensor.dim() - 1)])
            : throw new RequestException($"{rows} pictures were given for {Batch} results: one, or one for each, is needed.");
    }

    /// <summary>A tensor that lives as long as the run.</summary>
    public Tensor Keep(Tensor tensor)
    {
        _kept.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    /// <summary>A network that lives as long as the run.</summary>
    public DenoisingNetwork Own(DenoisingNetwork network)
    {
        _kept.Add(network);
        return network;
    }

    /// <summary>Which of a run's calls of the network is under way, and of how many: what the beginning and the end of a control are shares of.</summary>
    /// <remarks>Calls are counted as the scheduler's class lists them; where another solver or grid takes its place, steps are.</remarks>
    public (int Index, int Count) Call(DenoisingRun run) => plan.Batch.Solver is null && plan.Batch.Grid is null
        ? (run.Evaluation, plan.Slice.Timesteps) : (run.Step, Schedule.Grid.Steps - plan.Slice.First);

    /// <summary>Refuses noise to start from where a task draws none.</summary>
    /// <param name="what">What the task sets out from.</param>
    public void RequireNoInitialLatents(string what)
    {
        if (plan.Batch.InitialLatents is not null) throw new RequestException($"a run from {what} starts without noise: leave out the initial latents.");
    }

    /// <summary>Refuses a task that gives the network nothing but the state where it wants more.</summary>
    /// <param name="what">What the task works from.</param>
    public void RequireStateInput(string what)
    {
        if (parts.InputChannels != parts.Space.Channels)
            throw new RequestException($"this model cannot work from {what}: its network takes {parts.InputChannels} channels where the state has {parts.Space.Channels}, so it wants a picture beside (and perhaps a mask).");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable kept in _kept) kept.Dispose();
    }
}
