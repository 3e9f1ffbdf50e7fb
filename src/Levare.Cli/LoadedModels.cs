using System.Collections.Immutable;
using System.CommandLine;
using Levare.Adapters;
using Levare.Cli.Options;
using Levare.Conditioning.Clip;
using Levare.Pipelines;
using Levare.Pipelines.Controls;

namespace Levare.Cli;

/// <summary>The networks of a command: a model with its adapters and words, the second model, what steers them. They are disposed together.</summary>
internal sealed class LoadedModels : IDisposable
{
    private readonly Stack<IDisposable> _all = new();

    private LoadedModels()
    {
    }

    /// <summary>The model that makes pictures.</summary>
    public ImageModel Model { get; private set; } = null!;

    /// <summary>What takes the last part of the way, if anything does.</summary>
    public Refiner? Refiner { get; private set; }

    /// <summary>What steers runs.</summary>
    public ImmutableArray<ImageControl> Controls { get; private set; } = [];

    /// <summary>Loads what the command line names; small files first, so that mistakes in their names cost no time.</summary>
    public static LoadedModels Load(ParseResult parsed, ControlInputs controls, bool silent, CancellationToken cancellation)
    {
        (string Model, double SwitchAt)? refiner = RefinerOptions.Read(parsed);
        IReadOnlyList<WeightedAdapter> adapters = [];
        IReadOnlyList<TextualInversion> words = [];
        LoadedModels loaded = new();
        try
        {
            adapters = AdapterOptions.Open(parsed, silent, cancellation);
            words = EmbeddingOptions.Open(parsed, silent, cancellation);
            ImageModel plain = loaded.Keep(ModelOptions.Load(parsed, silent, cancellation));
            ImageModel adapted = loaded.Keep(AdapterOptions.Apply(plain, adapters, silent));
            loaded.Model = words.Count == 0 ? adapted : loaded.Keep(adapted.With(words));
            loaded.Controls = controls.Load(loaded.Opener(silent, cancellation));
            if (refiner is { } second) loaded.Refiner = new(loaded.Keep(ModelOptions.Load(second.Model, parsed, silent, cancellation)), second.SwitchAt);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
        finally
        {
            foreach (WeightedAdapter adapter in adapters) adapter.File.Dispose();
            foreach (TextualInversion word in words) word.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_all.TryPop(out IDisposable? one)) one.Dispose();
    }

    // Two pictures may be for one network.
    private Func<string, ControlModelOptions, ControlModel> Opener(bool silent, CancellationToken cancellation)
    {
        Dictionary<string, ControlModel> opened = new(StringComparer.Ordinal);
        return (name, options) =>
        {
            if (opened.TryGetValue(name, out ControlModel? model)) return model;
            ModelSource source = ModelSource.Resolve(name, silent, cancellation);
            if (!Path.Exists(source.Path)) throw new FileNotFoundException($"there is no file or folder {source.Path}.", source.Path);
            return opened[name] = Keep(ControlModel.Load(source.Path, Model, options with { Source = source.Name }));
        };
    }

    private T Keep<T>(T one) where T : IDisposable
    {
        _all.Push(one);
        return one;
    }
}
