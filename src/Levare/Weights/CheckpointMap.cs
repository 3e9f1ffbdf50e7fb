using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Levare.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>One rule of a <see cref="CheckpointMap"/>: where the pattern is found in a key, it is replaced.</summary>
/// <param name="Pattern">A regular expression (without backtracking, so that no key can stall it).</param>
/// <param name="Replacement">What takes its place; $1 and so on are groups. Empty drops the match, null the whole key: it is passed over.</param>
public sealed record KeyRule(string Pattern, string? Replacement)
{
    private readonly Regex _regex = new(Pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>The key after the rule; null where the rule drops it.</summary>
    public string? Apply(string key) => Replacement is not null ? _regex.Replace(key, Replacement) : _regex.IsMatch(key) ? null : key;
}

/// <summary>Whether keys and settings that found no partner stop the loading.</summary>
public enum Strictness
{
    /// <summary>They are an error that lists them.</summary>
    Strict,

    /// <summary>They are only reported.</summary>
    ReportOnly,
}

/// <summary>How the keys of a checkpoint become a network's: rules, applied in order. Immutable and thread-safe.</summary>
public sealed class CheckpointMap(params ImmutableArray<KeyRule> rules)
{
    /// <summary>Keys as they are.</summary>
    public static readonly CheckpointMap Identity = new();

    /// <summary>What training wrappers put before keys (module., _orig_mod.) is taken away.</summary>
    public static readonly CheckpointMap Unwrapped = new(new KeyRule(@"^(module\.|_orig_mod\.)+", ""));

    /// <summary>The attention blocks of diffusers before 0.14 (query, key, value, proj_attn).</summary>
    public static readonly CheckpointMap LegacyAttention = new(
        new KeyRule(@"(attentions\.\d+\.)query\.", "$1to_q."),
        new KeyRule(@"(attentions\.\d+\.)key\.", "$1to_k."),
        new KeyRule(@"(attentions\.\d+\.)value\.", "$1to_v."),
        new KeyRule(@"(attentions\.\d+\.)proj_attn\.", "$1to_out.0."));

    /// <summary>The network's key for a checkpoint's; null for one that is passed over.</summary>
    public string? Map(string key) => rules.Aggregate((string?)key, (mapped, rule) => mapped is null ? null : rule.Apply(mapped));

    /// <summary>This map's rules, then another's.</summary>
    public CheckpointMap Then(CheckpointMap next) => new([.. rules, .. next.Rules]);

    private ImmutableArray<KeyRule> Rules => rules;

    /// <summary>Makes a network without weights and gives it a file's: nothing is drawn, and what the file holds in the right element type is not even copied.</summary>
    /// <param name="construct">Makes the network; its layers come from <see cref="NetworkConstruction"/>'s device.</param>
    /// <param name="weights">The file; it stays open, but the network does not need it.</param>
    /// <param name="strictness">Whether a key without a partner is an error.</param>
    /// <exception cref="InvalidDataException">See <see cref="Load"/>.</exception>
    public TNetwork Make<TNetwork>(Func<TNetwork> construct, IWeights weights, Strictness strictness = Strictness.Strict) where TNetwork : nn.Module
    {
        TNetwork network;
        using (NetworkConstruction.WithoutWeights()) network = construct();
        try
        {
            Load(network, weights, strictness);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Gives a network's parameters and buffers the values of a file.</summary>
    /// <remarks>
    /// Parameters that have memory are filled, in their element type and on their device. Those that were made without
    /// (<see cref="NetworkConstruction.WithoutWeights"/>) become the file's own memory where it holds the right element type, else a converted copy.
    /// </remarks>
    /// <param name="network">The network.</param>
    /// <param name="weights">The file; it stays open, but the network does not need it.</param>
    /// <param name="strictness">Whether a key without a partner, or a value that is not finite, is an error. Even then all that fits has been filled.</param>
    /// <exception cref="InvalidDataException">
    /// Keys found no partner or values are not finite (see <paramref name="strictness"/>), two keys became the same one, or a parameter without memory got none.
    /// </exception>
    public LoadReport Load(nn.Module network, IWeights weights, Strictness strictness = Strictness.Strict)
    {
        using var noGradient = no_grad();
        Dictionary<string, TensorEntry> stored = Rename(weights);
        List<string> loaded = [], missing = [], empty = [];
        List<MisshapenTensor> misshapen = [];
        List<(string, Tensor)> filled = [];
        foreach ((string key, Tensor target) in network.state_dict())
        {
            bool fits = false;
            if (!stored.Remove(key, out TensorEntry? entry)) missing.Add(key);
            else if (!(fits = entry.Shape.AsSpan().SequenceEqual(target.shape))) misshapen.Add(new(key, entry.Shape, [.. target.shape]));
            if (fits)
            {
                NetworkWeights.Assign(target, weights, entry!.Name);
                filled.Add((entry.Name, target));
                loaded.Add(key);
            }
            else if (target.device_type == DeviceType.META) empty.Add(key);
        }
        LoadReport report = new(weights.Path, [.. loaded], [.. missing], [.. stored.Keys.Order(StringComparer.Ordinal)], [.. misshapen]);
        if (strictness == Strictness.Strict || empty.Count > 0) report.ThrowIfIncomplete();
        if (strictness == Strictness.Strict) FiniteWeights.CheckLoaded(weights, filled);
        return report;
    }

    private Dictionary<string, TensorEntry> Rename(IWeights weights)
    {
        Dictionary<string, TensorEntry> renamed = new(StringComparer.Ordinal);
        foreach (TensorEntry entry in weights.Entries.Values)
            if (Map(entry.Name) is { } key && !renamed.TryAdd(key, entry))
                throw new InvalidDataException($"{weights.Path}: '{renamed[key].Name}' and '{entry.Name}' both become '{key}'.");
        return renamed;
    }
}
