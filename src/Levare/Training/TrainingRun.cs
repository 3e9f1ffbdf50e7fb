using Levare.Conditioning;
using Levare.Networks;
using Levare.Parameterisations;
using Levare.Paths;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>One sitting of a training run: the state that changes from step to step. Not thread-safe.</summary>
internal sealed class TrainingRun : IDisposable
{
    private const double Smoothing = 0.99;
    private readonly DenoisingNetwork _network;
    private readonly Parameterisation _parameterisation;
    private readonly INoisePath _path;
    private readonly TrainingSettings _settings;
    private readonly INullCondition? _nullCondition;
    private readonly IReadOnlyList<ITrainingListener> _listeners;
    private readonly string _folder;
    private readonly MasterWeights _weights;
    private readonly Optimiser _optimiser;
    private readonly Tensor[][] _averages;
    private readonly Device _device;
    private readonly Pace _pace = new();
    private long _step;
    private long _images;
    private double _smoothedLoss = double.NaN;
    private string? _lastCheckpoint;

    public TrainingRun(DenoisingNetwork network, Parameterisation parameterisation, INoisePath path, TrainingSettings settings,
        INullCondition? nullCondition, IReadOnlyList<ITrainingListener> listeners, string folder)
    {
        (_network, _parameterisation, _path, _settings) = (network, parameterisation, path, settings);
        (_nullCondition, _listeners, _folder) = (nullCondition, listeners, folder);
        _weights = new(network, settings.Precision);
        if (_weights.Values.Length == 0) throw new ArgumentException("The network has no parameters to train.", nameof(network));
        _device = _weights.Values[0].device;
        _optimiser = new(settings.Optimiser, Named(_weights.Values));
        using (no_grad())
            _averages = [.. settings.Averages.Select(_ => _weights.Values.Select(v => v.detach().clone().DetachFromDisposeScope()).ToArray())];
    }

    public TrainingResult Run(IBatchSource source, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_folder);
        Resume();
        foreach (ITrainingListener listener in _listeners) listener.Started(_folder, _step);
        _network.train();
        while (_step < _settings.Steps && !cancellation.IsCancellationRequested)
        {
            TrainingProgress progress = Step(source);
            foreach (ITrainingListener listener in _listeners) listener.Stepped(progress);
            if (_step % _settings.CheckpointEvery == 0 || _step == _settings.Steps) Save();
            if (_settings.PreviewEvery > 0 && (_step % _settings.PreviewEvery == 0 || _step == _settings.Steps)) Preview(progress);
        }
        if (_lastCheckpoint is null || !_lastCheckpoint.EndsWith($"{_step:D9}", StringComparison.Ordinal)) Save();
        return new(_step < _settings.Steps ? TrainingEnd.Cancelled : TrainingEnd.Completed, _step, _images, _lastCheckpoint!);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _optimiser.Dispose();
        foreach (Tensor[] average in _averages)
            foreach (Tensor value in average) value.Dispose();
    }

    private TrainingProgress Step(IBatchSource source)
    {
        using var scope = NewDisposeScope();
        double rate = _settings.LearningRate * _settings.Schedule.At(_step);
        double loss = 0;
        long images = 0;
        for (int part = 0; part < _settings.Accumulation; part++)
        {
            using var inner = NewDisposeScope();
            long number = _step * _settings.Accumulation + part;
            TrainingBatch batch = source.Read(number);
            using Tensor mean = Loss(batch, number);
            mean.div(_settings.Accumulation).backward();
            loss += mean.item<float>() / _settings.Accumulation;
            images += batch.Data.shape[0];
            Release(batch);
        }
        Tensor?[] gradients = _weights.Gradients();
        double norm = Clip([.. gradients.OfType<Tensor>()]);
        if (!double.IsFinite(loss) || !double.IsFinite(norm)) throw Diverged(source, gradients);
        _optimiser.Step(gradients, rate);
        _network.zero_grad();
        _weights.Publish();
        _step++;
        _images += images;
        Average(images);
        _smoothedLoss = double.IsNaN(_smoothedLoss) ? loss : Smoothing * _smoothedLoss + (1 - Smoothing) * loss;
        double speed = _pace.Add(images);
        TimeSpan remaining = TimeSpan.FromSeconds(Math.Min((_settings.Steps - _step) * images / Math.Max(speed, 1e-9), 1e9));
        return new(_step, _settings.Steps, _images, loss, _smoothedLoss, rate, norm, speed, remaining);
    }

    private Tensor Loss(TrainingBatch batch, long number)
    {
        Tensor data = batch.Data.to(_device);
        NoiseLevel[] levels = Levels(number, (int)data.shape[0]);
        Tensor noise = Draws.Normal(_settings.Seed, number, data.shape, _device);
        NoisedExamples examples = NoisedExamples.Make(data, noise, levels, _parameterisation, _settings.Weight);
        Condition condition = Drop(batch.Condition.Map((_, tensor) => tensor.to(_device)), number, levels.Length);
        Tensor input = _settings.Precision == Precision.BFloat16 ? examples.Input.to(ScalarType.BFloat16) : examples.Input;
        Tensor output = _network.forward(input, examples.Times, condition).to(ScalarType.Float32);
        if (!output.shape.SequenceEqual(examples.Target.shape))
            throw new InvalidOperationException($"The network gave [{string.Join(", ", output.shape)}] where [{string.Join(", ", examples.Target.shape)}] is trained.");
        Tensor each = (output - examples.Target).square().flatten(1).mean([1]);
        return (each * examples.Weights).mean();
    }

    private NoiseLevel[] Levels(long number, int count) =>
        [.. Draws.Uniform(_settings.Seed, number, DrawPurpose.Levels, count).Select(u => _path.At(_settings.Levels.TimeAt(u, _path)))];

    private Condition Drop(Condition condition, long number, int count)
    {
        if (_settings.ConditionDropout == 0) return condition;
        bool[] rows = [.. Draws.Uniform(_settings.Seed, number, DrawPurpose.ConditionDropout, count).Select(u => u < _settings.ConditionDropout)];
        return _nullCondition!.Replace(condition, tensor(rows, device: _device));
    }

    private double Clip(Tensor[] gradients)
    {
        if (gradients.Length == 0) throw new InvalidOperationException("No parameter has a gradient: the network's output does not depend on them.");
        using Tensor norm = TensorLists.Norm(gradients);
        double value = norm.item<float>();
        if (value <= _settings.ClipNorm || !double.IsFinite(value)) return value;
        using Tensor factor = tensor((float)(_settings.ClipNorm / (value + 1e-6)), device: _device);
        TensorLists.Scale(gradients, factor);
        return value;
    }

    private void Average(long images)
    {
        using var grad = no_grad();
        for (int i = 0; i < _averages.Length; i++)
            TensorLists.Lerp(_averages[i], _weights.Values, 1 - _settings.Averages[i].Decay(_step, images));
    }

    private void Preview(TrainingProgress progress)
    {
        if (_listeners.Count == 0) return;
        using var grad = no_grad();
        _network.eval();
        _weights.With(_averages.Length > 0 ? _averages[0] : _weights.Values, () =>
        {
            foreach (ITrainingListener listener in _listeners) listener.Previewed(progress, _network);
        });
        _network.train();
        _pace.Pause();
    }

    private void Save()
    {
        TrainingState state = new() { Step = _step, Images = _images, Seed = _settings.Seed, OptimiserSteps = _optimiser.Steps, SmoothedLoss = _smoothedLoss };
        _lastCheckpoint = Checkpoint.Write(_folder, state, Named(_weights.Values),
            _settings.Averages.Select((average, i) => KeyValuePair.Create(average.Name, Named(_averages[i]))), _optimiser.State(), _settings.CheckpointsKept);
    }

    private void Resume()
    {
        if (Checkpoint.FindLast(_folder, message => { foreach (ITrainingListener listener in _listeners) listener.Warned(message); }) is not { } checkpoint) return;
        if (checkpoint.State.Seed != _settings.Seed)
            throw new InvalidDataException($"{checkpoint.Folder} belongs to a run with seed {checkpoint.State.Seed}, not {_settings.Seed}: use another folder.");
        using var grad = no_grad();
        Read(checkpoint, null, _weights.Values);
        for (int i = 0; i < _averages.Length; i++) Read(checkpoint, _settings.Averages[i].Name, _averages[i]);
        using (SafetensorsFile file = checkpoint.OpenOptimiser()) _optimiser.Restore(checkpoint.State.OptimiserSteps, name => file.Load(name));
        _weights.Publish();
        (_step, _images, _smoothedLoss) = (checkpoint.State.Step, checkpoint.State.Images, checkpoint.State.SmoothedLoss);
        _lastCheckpoint = checkpoint.Folder;
    }

    private void Read(Checkpoint checkpoint, string? average, Tensor[] targets)
    {
        using SafetensorsFile file = checkpoint.OpenWeights(average);
        for (int i = 0; i < targets.Length; i++)
        {
            if (!file.Entries.ContainsKey(_weights.Names[i])) throw new InvalidDataException($"{file.Path} has no weights for '{_weights.Names[i]}'.");
            using Tensor saved = file.Load(_weights.Names[i]);
            Checkpoint.Copy(_weights.Names[i], saved, targets[i]);
        }
    }

    private TrainingDivergedException Diverged(IBatchSource source, Tensor?[] gradients)
    {
        string where = NonFinite.InActivations(_network, () =>
        {
            for (int part = 0; part < _settings.Accumulation; part++)
            {
                using var scope = NewDisposeScope();
                long number = _step * _settings.Accumulation + part;
                _ = Loss(source.Read(number), number);
            }
        }) ?? NonFinite.InGradients(_weights.Names, gradients) ?? "the loss";
        string left = _lastCheckpoint is null ? "There is no checkpoint yet." : $"The last good checkpoint is {_lastCheckpoint}.";
        return new($"Training diverged at step {_step}: the first value that is not finite is in {where}. {left}")
        {
            Step = _step,
            Where = where,
            Checkpoint = _lastCheckpoint,
        };
    }

    private IEnumerable<KeyValuePair<string, Tensor>> Named(Tensor[] values) => _weights.Names.Zip(values, KeyValuePair.Create);

    private static void Release(TrainingBatch batch)
    {
        batch.Data.Dispose();
        foreach (Tensor tensor in batch.Condition.Tensors.Values) tensor.Dispose();
    }
}
