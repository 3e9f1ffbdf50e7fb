using System.Collections.Concurrent;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

[assembly: AssemblyFixture(typeof(Levare.Tests.Training.TrainingFolders))]

namespace Levare.Tests.Training;

/// <summary>A network of a few hundred weights, and data for it.</summary>
internal sealed class TinyNetwork : DenoisingNetwork
{
    private readonly nn.Module<Tensor, Tensor> first;
    private readonly nn.Module<Tensor, Tensor> norm;
    private readonly nn.Module<Tensor, Tensor> time;
    private readonly nn.Module<Tensor, Tensor> second;

    public TinyNetwork(long seed) : base(nameof(TinyNetwork))
    {
        first = nn.Conv2d(2, 8, 3, padding: 1);
        norm = nn.GroupNorm(2, 8);
        time = nn.Linear(1, 8);
        second = nn.Conv2d(8, 2, 3, padding: 1);
        RegisterComponents();
        using var grad = no_grad();
        using Generator generator = new((ulong)seed, CPU);
        foreach ((string name, var parameter) in named_parameters())
        {
            // TorchSharp leaves a GroupNorm's weights as whatever the memory held.
            using Tensor draw = name switch
            {
                "norm.weight" => ones(parameter.shape),
                "norm.bias" => zeros(parameter.shape),
                _ => randn(parameter.shape, generator: generator).mul_(0.2),
            };
            parameter.copy_(draw);
        }
    }

    public override Tensor forward(Tensor input, Tensor time, Condition condition)
    {
        using var scope = NewDisposeScope();
        Tensor hidden = first.call(input) + this.time.call(time.unsqueeze(1).to(input.dtype)).unsqueeze(-1).unsqueeze(-1);
        if (condition.Find("shift") is { } shift) hidden = hidden + shift.to(input.dtype).view(-1, 1, 1, 1);
        return second.call(nn.functional.silu(norm.call(hidden))).MoveToOuterDisposeScope();
    }
}

/// <summary>Batches of stripes, a function of their number.</summary>
internal sealed class TinySource(int batch = 4, bool conditioned = false) : IBatchSource
{
    public TrainingBatch Read(long number)
    {
        using Generator generator = new((ulong)number, CPU);
        Tensor data = (randn([batch, 2, 1, 8], generator: generator) * 0.5).expand(batch, 2, 8, 8).contiguous();
        return new(data, conditioned ? Condition.None.With("shift", ones(batch)) : Condition.None);
    }
}

/// <summary>Keeps what a run tells.</summary>
internal sealed class Recorder : ITrainingListener
{
    public List<TrainingProgress> Steps { get; } = [];

    public List<string> Warnings { get; } = [];

    public double[] Losses => [.. Steps.Select(step => step.Loss)];

    public Action<TrainingProgress>? OnStep { get; init; }

    public void Stepped(TrainingProgress progress)
    {
        Steps.Add(progress);
        OnStep?.Invoke(progress);
    }

    public void Warned(string message) => Warnings.Add(message);
}

internal static class Tiny
{
    public static readonly TrainingSettings Settings = new()
    {
        Steps = 20,
        Seed = 5,
        LearningRate = 1e-2,
        Levels = new LogNormalLevels(),
        Schedule = new CosineDecay(20) { WarmUp = 3 },
        CheckpointEvery = 4,
        Averages = [new WarmUpAverage(), PowerAverage.OfRelativeWidth(0.1)],
    };

    public static Trainer Trainer(DenoisingNetwork network, TrainingSettings settings, params ITrainingListener[] listeners) =>
        new(network, new EdmPrediction(), new EdmPath(), settings) { Listeners = listeners };

    /// <summary>A folder that a test may fill; it goes when the tests end.</summary>
    public static string Folder(string name) => TrainingFolders.Make(name);
}

/// <summary>The folders that tests fill; xunit disposes it after the last test.</summary>
public sealed class TrainingFolders : IDisposable
{
    private static readonly ConcurrentBag<string> Made = [];

    internal static string Make(string name)
    {
        string folder = Path.Combine(Path.GetTempPath(), "levare-tests", $"{name}-{Guid.NewGuid():N}");
        Made.Add(folder);
        return folder;
    }

    public void Dispose()
    {
        foreach (string folder in Made.Where(Directory.Exists)) Directory.Delete(folder, recursive: true);
    }
}
