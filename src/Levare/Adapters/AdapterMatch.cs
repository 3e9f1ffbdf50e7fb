using System.Collections.Immutable;
using System.Text;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>The change of one weight of a model by one module of an adapter. Immutable and thread-safe.</summary>
public sealed class WeightChange
{
    private readonly WeightDelta _delta;

    internal WeightChange(string part, string key, AdapterModule module, WeightDelta delta)
    {
        Part = part;
        Key = key;
        Module = module;
        _delta = delta;
    }

    /// <summary>The part of the model: unet, text_encoder, text_encoder_2.</summary>
    public string Part { get; }

    /// <summary>The weight's key in that part's network.</summary>
    public string Key { get; }

    /// <summary>What changes it.</summary>
    public AdapterModule Module { get; }

    /// <summary>The change at an adapter's weight of 1, in float32, in the weight's shape and on its device.</summary>
    /// <param name="weight">The weight without any adapter, in any element type; only DoRA depends on its values.</param>
    /// <exception cref="ArgumentException">The weight has another shape than this is for.</exception>
    public Tensor Delta(Tensor weight) => _delta.Fits([.. weight.shape])
        ? _delta.Compute(weight)
        : throw new ArgumentException($"'{Key}' is [{string.Join(", ", weight.shape)}], where its change is [{string.Join(", ", _delta.Shape)}].", nameof(weight));
}

/// <summary>What became of an adapter's modules in a model. Immutable.</summary>
/// <param name="Changes">The changes of the model's weights.</param>
/// <param name="Unmatched">What found no weight, and why.</param>
public sealed record AdapterMatch(ImmutableArray<WeightChange> Changes, ImmutableArray<UnmatchedModule> Unmatched)
{
    private const int Listed = 20;

    internal static AdapterMatch Find(AdapterFile file, AdapterTargets targets, Strictness strictness)
    {
        Dictionary<(string Part, string Key), WeightChange> changes = [];
        List<UnmatchedModule> unmatched = [.. file.OtherKeys.Select(key => new UnmatchedModule(key, "is no key of an adapter"))];
        foreach (AdapterModule module in file.Modules)
        {
            AdapterTarget[] found = [.. targets.Find(module.Name)];
            if (found.FirstOrDefault(target => target.Takes(module)) is { } target) Add(file, changes, target.Changes(module));
            else unmatched.Add(new(module.Name, found is [{ } nearest, ..] ? Misfit(module, nearest) : "is no layer of the model"));
        }
        if (changes.Count == 0 || (strictness == Strictness.Strict && unmatched.Count > 0)) throw new InvalidDataException(Message(file, targets, unmatched));
        return new([.. changes.Values], [.. unmatched]);
    }

    // Some files hold a layer under both of its names; as in diffusers, the network's own goes before the older code's.
    private static void Add(AdapterFile file, Dictionary<(string Part, string Key), WeightChange> changes, IEnumerable<WeightChange> added)
    {
        foreach (WeightChange change in added)
        {
            bool isOwn = AdapterName.Parse(change.Module.Name).Layer == AdapterName.Flat(change.Key[..change.Key.LastIndexOf('.')]);
            if (changes.TryAdd((change.Part, change.Key), change)) continue;
            AdapterModule other = changes[(change.Part, change.Key)].Module;
            bool isOtherOwn = AdapterName.Parse(other.Name).Layer == AdapterName.Flat(change.Key[..change.Key.LastIndexOf('.')]);
            if (isOwn == isOtherOwn) throw new InvalidDataException($"{file.Path}: '{other.Name}' and '{change.Module.Name}' both change '{change.Key}' of {change.Part}.");
            if (isOwn) changes[(change.Part, change.Key)] = change;
        }
    }

    private static string Misfit(AdapterModule module, AdapterTarget target)
    {
        bool isWeight = module.Weight?.Fits(target.Weight) == false;
        ImmutableArray<long> has = isWeight ? module.Weight!.Shape : module.Bias!.Shape, wants = isWeight ? target.Weight : target.Bias;
        return $"changes a {(isWeight ? "weight" : "bias")} [{string.Join(", ", has)}], where '{target.Layer}' of {target.Part} has {(wants.IsEmpty ? "none" : $"[{string.Join(", ", wants)}]")}";
    }

    private static string Message(AdapterFile file, AdapterTargets targets, List<UnmatchedModule> unmatched)
    {
        StringBuilder text = new($"{file.Path} does not fit the model");
        if (file.Family is { } family) text.Append($"; it was made for {family.Name()}");
        text.Append($". Of its {file.Modules.Length} modules and {file.OtherKeys.Length} other keys, {unmatched.Count} found no weight in {string.Join(", ", targets.Parts)}:");
        foreach (UnmatchedModule module in unmatched.Take(Listed)) text.AppendLine().Append(module);
        if (unmatched.Count > Listed) text.AppendLine().Append($"and {unmatched.Count - Listed} more");
        return text.ToString();
    }
}

/// <summary>A module of an adapter, or another key of its file, that found no weight in a model.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Reason">Why.</param>
public sealed record UnmatchedModule(string Name, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => $"'{Name}' {Reason}";
}
