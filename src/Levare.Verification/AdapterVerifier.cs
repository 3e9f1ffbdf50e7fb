using System.Text.Json;
using Levare.Adapters;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Verification;

/// <summary>Adapters of Stable Diffusion: the changes of single weights and the weights after them.</summary>
public sealed class AdapterVerifier : ICaseVerifier
{
    private const string Merged = "merged.", Delta = "delta.";

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) =>
        golden.Area == "sd" && golden.Json.TryGetProperty("lora", out _)
        && golden.Tensors.Entries.Keys.Any(name => name.Contains(Merged, StringComparison.Ordinal) || name.Contains(Delta, StringComparison.Ordinal));

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        List<Comparison> comparisons = [];
        foreach (AdapterCall call in AdapterCall.Of(golden))
            comparisons.AddRange(CompareWeights(golden, call));
        return comparisons;
    }

    private static List<Comparison> CompareWeights(GoldenCase golden, AdapterCall call)
    {
        using var scope = NewDisposeScope();
        using ModelWeights model = new(golden);
        AdapterFile[] files = [.. call.Files.Select(file => AdapterFile.Open(Path.Combine(golden.Folder, file.Path)))];
        try
        {
            (WeightChange Change, double Weight)[] changes = [.. files.Zip(call.Files).SelectMany(pair => new WeightedAdapter(pair.First, pair.Second.Weight).Changes(model.Targets))];
            double tolerance = golden.Json.GetProperty("tolerance").TryGetProperty("merged_abs", out JsonElement stated) ? stated.GetDouble() : 1e-6;
            List<Comparison> comparisons = [];
            foreach (string name in golden.Tensors.Entries.Keys.Where(name => name.StartsWith(call.Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            {
                string what = name[call.Prefix.Length..];
                bool isMerged = what.StartsWith(Merged, StringComparison.Ordinal);
                if (!isMerged && !what.StartsWith(Delta, StringComparison.Ordinal)) continue;
                (string part, string key) = Key(what[(isMerged ? Merged : Delta).Length..]);
                Tensor weight = model.Load(part, key);
                (WeightChange Change, double Weight)[] own = [.. changes.Where(weighted => weighted.Change.Part == part && weighted.Change.Key == key)];
                Tensor actual = isMerged ? AdaptedNetwork.Merge(weight, own) : own[0].Change.Delta(weight);
                comparisons.Add(Comparison.Of($"{call}: {name}", actual, golden.Tensor(name), tolerance));
            }
            return comparisons;
        }
        finally
        {
            foreach (AdapterFile file in files) file.Dispose();
        }
    }

    // The cases name the text encoder "te" and leave its outermost module out.
    private static (string Part, string Key) Key(string name)
    {
        string part = name[..name.IndexOf('.', StringComparison.Ordinal)], layer = name[(part.Length + 1)..];
        return part == "unet" ? (part, $"{layer}.weight") : ("text_encoder", $"text_model.{layer}.weight");
    }

    /// <summary>The parts of a case's model that adapters change.</summary>
    private sealed class ModelWeights : IDisposable
    {
        private readonly Dictionary<string, IWeights> _parts = new(StringComparer.Ordinal);

        public ModelWeights(GoldenCase golden)
        {
            ModelFolder folder = ModelFolder.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!));
            foreach (string part in (string[])["unet", "text_encoder", "text_encoder_2"])
                if (folder.Has(part)) _parts[part] = folder.Component(part).OpenWeights();
            Targets = _parts.Aggregate(AdapterTargets.None, (targets, part) => targets.With(part.Key, part.Value));
        }

        public AdapterTargets Targets { get; }

        public Tensor Load(string part, string key) => _parts[part].Load(key);

        public void Dispose()
        {
            foreach (IWeights weights in _parts.Values) weights.Dispose();
        }
    }
}
