using Levare.Denoisers;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>One sitting of a training run: the state that changes from step to step. Not thread-safe.</summary>
internal sealed class TrainingRun : IDisposable
{
    private const double Smoothing = 0.99;
    private readonly TrainingObjective _objective;
    private readonly DenoisingNetwork _network;
    private readonly TrainingSettings _settings;
    private readonly IReadOnlyList<ITrainingListener> _listeners;
    private readonly string _folder;
    private readonly MasterWeights _weights;
    private readonly Optimiser _optimiser;
    private readonly UncertaintyWeight? _uncertainty;
    private readonly ImportanceSampler? _importance;
    private readonly Tensor[][] _averages;
    private readonly Device _device;
    private readonly Pace _pace = new();
    private long _step;
    private long _images;
    private double _smoothedLoss = double.NaN;
    private (string Folder, long Step)? _checkpoint;

    public TrainingRun(TrainingObjective objective, TrainingSettings settings, IReadOnlyList<ITrainingListener> listeners, string folder)
    {
        (_objective, _network, _settings, _listeners, _folder) = (objective, objective.Network, settings, listeners, folder);
        _weights = new(_network, settings.Precision);
        _device = _weights.Values[0].device;
        _optimiser = new(settings.Optimiser, Named(_weights.Values));
        _uncertainty = settings.Uncertainty is { } uncertainty ? new(uncertainty, settings.Optimiser, _device) : null;
        _importance = settings.Levels is ImportanceLevels importance ? new(importance) : null;
        using (no_grad())
            _averages = [.. settings.Averages.Select(_ => _weights.Values.Select(v => v.detach().clone().DetachFromDisposeScope()).ToArray())];
    }

    public TrainingResult Run(IBatchSource source, CancellationToken cancellation)
    {
        Directory.CreateDirectory(_folder);
        Resume();
        Tell(listener => listener.Started(_folder, _step));
        _network.train();
        while (_step < _settings.Steps && !cancellation.IsCancellationRequested)
        {
            TrainingProgress progress = Step(source);
            Tell(listener => listener.Stepped(progress));
            if (_step % _settings.CheckpointEvery == 0 || _step == _settings.Steps) Save();
            if (_settings.PreviewEvery > 0 && (_step % _settings.PreviewEvery == 0 || _step == _settings.Steps)) Preview(progress);
        }
        if (_checkpoint?.Step != _step) Save();
        return new(_step < _settings.Steps ? TrainingEnd.Cancelled : TrainingEnd.Completed, _step, _images, _checkpoint!.Value.Folder);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _optimiser.Dispose();
        _uncertainty?.Dispose();
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
            (double partLoss, long partImages) = Backward(source, _step * _settings.Accumulation + part);
            loss += partLoss / _settings.Accumulation;
            images += partImages;
        }
        Tensor?[] gradients = _weights.Gradients();
        double norm = Clip([.. gradients.OfType<Tensor>()]);
        if (!double.IsFinite(loss) || !double.IsFinite(norm)) throw Diverged(source, gradients);
        _optimiser.Step(gradients, rate);
        _uncertainty?.Step(rate);
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

    /// <summary>Adds a batch's gradients to what the parameters have, and gives its loss and size.</summary>
    private (double Loss, long Images) Backward(IBatchSource source, long number)
    {
        using var scope = NewDisposeScope();
        TrainingBatch batch = source.Read(number);
        BatchLoss loss = _objective.Loss(batch, number, _device, _importance);
        Tensor objective = _uncertainty is null ? loss.Each : _uncertainty.Objective(loss.Each, loss.Times);
        (objective.mean() / _settings.Accumulation).backward();
        if (_importance is not null) Remember(loss);
        (double, long) result = (loss.Each.mean().item<float>(), batch.Data.shape[0]);
        batch.Data.Dispose();
        foreach (Tensor tensor in batch.Condition.Tensors.Values) tensor.Dispose();
        return result;
    }

    private void Remember(BatchLoss loss)
    {
        float[] each = [.. (loss.Each.detach() / loss.Weights).cpu().data<float>()];
        for (int i = 0; i < each.Length; i++) _importance!.Add(loss.Shares[i], each[i]);
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
        _weights.With(_averages.Length > 0 ? _averages[0] : _weights.Values, () => Tell(listener => listener.Previewed(progress, _network)));
        _network.train();
        _pace.Pause();
    }

    private void Save()
    {
        TrainingState state = new()
        {
            Step = _step,
            Images = _images,
            Seed = _settings.Seed,
            OptimiserSteps = _optimiser.Steps,
            SmoothedLoss = _smoothedLoss,
            ImportanceLosses = _importance?.State.Losses,
            ImportanceCounts = _importance?.State.Counts,
        };
        Dictionary<string, IEnumerable<KeyValuePair<string, Tensor>>> parts = new(StringComparer.Ordinal)
        {
            [Checkpoint.WeightsFile] = Named(_weights.Values),
            [Checkpoint.OptimiserFile] = _optimiser.State(),
        };
        for (int i = 0; i < _averages.Length; i++) parts[Checkpoint.AverageFile(_settings.Averages[i].Name)] = Named(_averages[i]);
        if (_uncertainty is not null) parts[Checkpoint.UncertaintyFile] = _uncertainty.State();
        _checkpoint = (Checkpoint.Write(_folder, state, parts, _settings.CheckpointsKept), _step);
        _pace.Pause();
    }

    private void Resume()
    {
        if (Checkpoint.FindLast(_folder, message => Tell(listener => listener.Warned(message))) is not { } checkpoint) return;
        TrainingState state = checkpoint.State;
        if (state.Seed != _settings.Seed)
            throw new InvalidDataException($"{checkpoint.Folder} belongs to a run with seed {state.Seed}, not {_settings.Seed}: use another folder.");
        using var grad = no_grad();
        Read(checkpoint, Checkpoint.WeightsFile, _weights.Values);
        for (int i = 0; i < _averages.Length; i++) Read(checkpoint, Checkpoint.AverageFile(_settings.Averages[i].Name), _averages[i]);
        using (SafetensorsFile file = checkpoint.OpenFile(Checkpoint.OptimiserFile)) _optimiser.Restore(state.OptimiserSteps, name => Load(file, name));
        if (_uncertainty is not null)
            using (SafetensorsFile file = checkpoint.OpenFile(Checkpoint.UncertaintyFile)) _uncertainty.Restore(state.OptimiserSteps, name => Load(file, name));
        if (_importance is not null && state is { ImportanceLosses: { } losses, ImportanceCounts: { } counts }) _importance.Restore(losses, counts);
        _weights.Publish();
        (_step, _images, _smoothedLoss, _checkpoint) = (state.Step, state.Images, state.SmoothedLoss, (checkpoint.Folder, state.Step));
    }

    private void Read(Checkpoint checkpoint, string name, Tensor[] targets)
    {
        using SafetensorsFile file = checkpoint.OpenFile(name);
        for (int i = 0; i < targets.Length; i++)
        {
            using Tensor saved = Load(file, _weights.Names[i]);
            Checkpoint.Copy(_weights.Names[i], saved, targets[i]);
        }
    }

    private static Tensor Load(SafetensorsFile file, string name) => file.Entries.ContainsKey(name) ? file.Load(name)
        : throw new InvalidDataException($"{file.Path} has no '{name}': the run was begun with another network or optimiser. Use another folder.");

    private TrainingDivergedException Diverged(IBatchSource source, Tensor?[] gradients)
    {
        string where = NonFinite.InActivations(_network, Again) ?? NonFinite.InGradients(_weights.Names, gradients) ?? "the loss";
        string left = _checkpoint is { } last ? $"The last good checkpoint is {last.Folder}." : "There is no checkpoint yet.";
        return new($"Training diverged at step {_step}: the first value that is not finite is in {where}. {left}")
        {
            Step = _step,
            Where = where,
            Checkpoint = _checkpoint?.Folder,
        };

        void Again()
        {
            for (int part = 0; part < _settings.Accumulation; part++)
            {
                using var scope = NewDisposeScope();
                long number = _step * _settings.Accumulation + part;
                _ = _objective.Loss(source.Read(number), number, _device, _importance);
            }
        }
    }

    private void Tell(Action<ITrainingListener> what)
    {
        foreach (ITrainingListener listener in _listeners) what(listener);
    }

    private IEnumerable<KeyValuePair<string, Tensor>> Named(Tensor[] values) => _weights.Names.Zip(values, KeyValuePair.Create);
}
