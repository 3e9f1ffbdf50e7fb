using System.Collections.Immutable;
using Levare.Runtime;
using Levare.Weights;

namespace Levare.Adapters;

/// <summary>A file of small changes to the weights of a model: LoRA, LoCon, LoHa, LoKr, DoRA and full differences, in the spellings of kohya, LyCORIS, diffusers and PEFT.</summary>
/// <remarks>
/// Immutable and thread-safe. The tensors stay in the file, which is memory-mapped, and are read when an adapted network is made; so it stays open until then.
/// </remarks>
public sealed class AdapterFile : IDisposable
{
    private static readonly string[] FileNames = ["pytorch_lora_weights.safetensors", "adapter_model.safetensors", "pytorch_lora_weights.bin", "adapter_model.bin"];
    private readonly IWeights _weights;
    private readonly Lazy<string> _hash;

    private AdapterFile(IWeights weights)
    {
        _weights = weights;
        _hash = new(() => FileHash.Of(weights.Path));
        Dictionary<string, Dictionary<AdapterRole, TensorEntry>> modules = new(StringComparer.Ordinal);
        List<string> others = [];
        foreach (TensorEntry entry in weights.Entries.Values.OrderBy(entry => entry.Name, StringComparer.Ordinal))
            if (AdapterKey.Parse(entry.Name) is not { } key) others.Add(entry.Name);
            else if (!Tensors(modules, key.Module).TryAdd(key.Role, entry))
                throw new InvalidDataException($"{weights.Path}: '{modules[key.Module][key.Role].Name}' and '{entry.Name}' are the same tensor in two spellings.");
        if (modules.Count == 0) throw new InvalidDataException($"{weights.Path} is no adapter: none of its {others.Count} keys is one of LoRA, LoCon, LoHa, LoKr or a difference.");
        AdapterAlphas alphas = AdapterAlphas.Of(weights);
        Modules = [.. modules.Select(module => new AdapterModuleReader(weights, module.Key, module.Value, alphas).Read())];
        OtherKeys = [.. others];
        Family = AdapterFamilies.Of(Modules);
    }

    /// <summary>The file.</summary>
    public string Path => _weights.Path;

    /// <summary>What it changes, in order of name.</summary>
    public ImmutableArray<AdapterModule> Modules { get; }

    /// <summary>Its keys that are none of an adapter's.</summary>
    public ImmutableArray<string> OtherKeys { get; }

    /// <summary>The family of models that it is for, as far as names and widths tell; null where they do not.</summary>
    public AdapterFamily? Family { get; }

    /// <summary>The SHA-256 of the file, hexadecimal: what tells two adapters of one name apart.</summary>
    public string Hash => _hash.Value;

    /// <summary>Whether weights are an adapter's, as their keys tell, and not a model's.</summary>
    public static bool Recognises(IWeights weights) => weights.Entries.Keys.Count(key => AdapterKey.Parse(key) is not null) * 2 > weights.Entries.Count;

    /// <summary>Opens a file, or the file of an adapter in a folder as diffusers and PEFT write them.</summary>
    /// <param name="path">A .safetensors file, one of torch's (.pt, .bin, .ckpt; nothing in it is executed), or a folder.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is broken, or no adapter; the message names the key.</exception>
    public static AdapterFile Open(string path)
    {
        IWeights weights = WeightsFile.Open(Directory.Exists(path) ? InFolder(path) : path);
        try
        {
            return new(weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Finds the weights of a model that this adapter changes.</summary>
    /// <param name="targets">The model's weights.</param>
    /// <param name="strictness">Whether a module that finds no weight, or one of another shape, is an error.</param>
    /// <exception cref="InvalidDataException">Such modules are there (see <paramref name="strictness"/>), or none at all fits; the message lists them.</exception>
    public AdapterMatch Match(AdapterTargets targets, Strictness strictness = Strictness.Strict) => AdapterMatch.Find(this, targets, strictness);

    /// <inheritdoc/>
    public void Dispose() => _weights.Dispose();

    private static string InFolder(string folder) =>
        FileNames.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"{folder} has no adapter: none of {string.Join(", ", FileNames)}.");

    private static Dictionary<AdapterRole, TensorEntry> Tensors(Dictionary<string, Dictionary<AdapterRole, TensorEntry>> modules, string name)
    {
        if (!modules.TryGetValue(name, out Dictionary<AdapterRole, TensorEntry>? tensors)) modules[name] = tensors = [];
        return tensors;
    }
}
