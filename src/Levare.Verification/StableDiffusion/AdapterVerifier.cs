using System.Text.Json;
using Levare.Adapters;
using Levare.Conditioning.Prompts;
using Levare.Pipelines.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Verification.StableDiffusion;

/// <summary>Pipelines of Stable Diffusion with adapters: the changes of single weights, the weights after them, and then all that the pipeline gives.</summary>
public sealed class AdapterVerifier : ICaseVerifier
{
    private const string Merged = "merged.", Delta = "delta.";

    /// <inheritdoc/>
    public bool Supports(GoldenCase golden) => golden.Area == "sd" && golden.Json.TryGetProperty("lora", out _);

    /// <inheritdoc/>
    public IReadOnlyList<Comparison> Verify(GoldenCase golden)
    {
        using var noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using PipelineCase plain = PipelineCase.Open(golden);
        List<Comparison> comparisons = [];
        foreach (AdapterCall call in AdapterCall.Of(golden))
        {
            using AdapterFiles files = new(golden, call);
            using PipelineCase adapted = plain.With(files.Weighted, golden.Under(call.Prefix), call.MakesPictures);
            IEnumerable<Comparison> all = [.. Weights(plain, adapted, files, call, golden), .. SdPipelineVerifier.Verify(adapted)];
            comparisons.AddRange(all.Select(comparison => comparison with { What = $"{call}: {comparison.What}" }));
        }
        return comparisons;
    }

    private static IEnumerable<Comparison> Weights(PipelineCase plain, PipelineCase adapted, AdapterFiles files, AdapterCall call, GoldenCase golden)
    {
        double tolerance = golden.Json.GetProperty("tolerance").TryGetProperty("merged_abs", out JsonElement stated) ? stated.GetDouble() : 1e-6;
        Dictionary<string, nn.Module> before = Networks(plain.Parts), after = Networks(adapted.Parts);
        foreach (string name in golden.Tensors.Entries.Keys.Where(name => name.StartsWith(call.Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            string what = name[call.Prefix.Length..];
            if (what.StartsWith(Merged, StringComparison.Ordinal))
            {
                (string part, string key) = Key(what[Merged.Length..]);
                yield return Comparison.Of(what, after[part].state_dict()[key], golden.Tensor(name), tolerance);
            }
            else if (what.StartsWith(Delta, StringComparison.Ordinal))
            {
                (string part, string key) = Key(what[Delta.Length..]);
                AdapterTargets targets = AdapterTargets.None.With(part, before[part]);
                WeightChange change = files.Weighted.SelectMany(adapter => adapter.File.Match(targets, Levare.Weights.Strictness.ReportOnly).Changes).Single(change => change.Key == key);
                yield return Comparison.Of(what, change.Delta(before[part].state_dict()[key]), golden.Tensor(name), tolerance);
            }
        }
    }

    private static Dictionary<string, nn.Module> Networks(ImageModelParts parts)
    {
        Dictionary<string, nn.Module> networks = new(StringComparer.Ordinal) { ["unet"] = parts.Network };
        foreach (TextEncoder encoder in parts.Conditioner.Encoder!.Encoders) networks[encoder.Part] = encoder.Model;
        return networks;
    }

    // The cases name the text encoder "te" and leave its outermost module out.
    private static (string Part, string Key) Key(string name)
    {
        string part = name[..name.IndexOf('.', StringComparison.Ordinal)], layer = name[(part.Length + 1)..];
        return part == "unet" ? (part, $"{layer}.weight") : ("text_encoder", $"text_model.{layer}.weight");
    }

    /// <summary>The files of a call, open.</summary>
    private sealed class AdapterFiles(GoldenCase golden, AdapterCall call) : IDisposable
    {
        public IReadOnlyList<WeightedAdapter> Weighted { get; } =
            [.. call.Files.Select(file => new WeightedAdapter(AdapterFile.Open(Path.Combine(golden.Folder, file.Path)), file.Weight))];

        public void Dispose()
        {
            foreach (WeightedAdapter adapter in Weighted) adapter.File.Dispose();
        }
    }
}
