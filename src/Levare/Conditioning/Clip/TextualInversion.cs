using System.Collections.Immutable;
using Levare.Networks.Clip;
using Levare.Runtime;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Conditioning.Clip;

/// <summary>Textual inversion (Gal et al. 2022): a word whose embedding was learned from pictures, for one text encoder or for SDXL's two. Immutable and thread-safe.</summary>
public sealed class TextualInversion : IDisposable
{
    // The keys under which files hold the one embedding, or SDXL's two: A1111's pickles and safetensors, and kohya's and diffusers'.
    private const string Pickled = "string_to_param.", Plain = "emb_params";
    private static readonly ImmutableArray<string> Pair = ["clip_l", "clip_g"];
    private readonly ImmutableArray<Tensor> _embeddings;

    private TextualInversion(string source, string hash, string token, ImmutableArray<Tensor> embeddings) =>
        (Source, Hash, Token, _embeddings) = (source, hash, token, embeddings);

    /// <summary>The file.</summary>
    public string Source { get; }

    /// <summary>The SHA-256 of the file.</summary>
    public string Hash { get; }

    /// <summary>What prompts call it by.</summary>
    public string Token { get; }

    /// <summary>How many text encoders it is for: 1, or SDXL's 2.</summary>
    public int Encoders => _embeddings.Length;

    /// <summary>Reads a file: A1111's (.pt or .safetensors), diffusers' (learned_embeds.bin or .safetensors), or SDXL's with clip_l and clip_g.</summary>
    /// <param name="path">The file.</param>
    /// <param name="token">What prompts call it by; null takes the name in the file, or the file's own where that holds none.</param>
    /// <exception cref="InvalidDataException">It is no such file; the message says what it holds.</exception>
    public static TextualInversion Load(string path, string? token = null)
    {
        using IWeights weights = WeightsFile.Open(path);
        ImmutableArray<string> keys = Pair.All(weights.Entries.ContainsKey) ? Pair
            : weights.Entries.Keys.Where(IsNameless).ToArray() is [string only] ? [only]
            : weights.Entries.Count == 1 ? [weights.Entries.Keys.Single()]
            : throw new InvalidDataException($"{path} is no textual inversion: it holds {Listed(weights)}, where one embedding, '{Pickled}*', '{Plain}', or {string.Join(" and ", Pair)} are expected.");
        bool isNamed = keys.Length == 1 && !IsNameless(keys[0]);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] embeddings = [.. keys.Select(key => Read(weights, key))];
        return new(path, FileHash.Of(path), token ?? (isNamed ? keys[0] : Path.GetFileNameWithoutExtension(path)), [.. embeddings.Select(embedding => embedding.DetachFromDisposeScope())]);
    }

    /// <summary>Checks that the word can be added to a text encoder.</summary>
    /// <param name="tokenizer">The text encoder's tokeniser.</param>
    /// <param name="encoder">Which of the embeddings: 0, or 1 for the second of SDXL.</param>
    /// <param name="width">The text encoder's width.</param>
    /// <exception cref="ArgumentException">It is for an encoder of another width, or has more vectors than a text has room for.</exception>
    internal void Check(ClipTokenizer tokenizer, int encoder, int width)
    {
        (long vectors, long own) = (_embeddings[encoder].shape[0], _embeddings[encoder].shape[1]);
        if (own != width) throw new ArgumentException($"{Source}: the embedding of '{Token}' has width {own}, and the text encoder has width {width}: it is for another kind of model.");
        if (vectors > tokenizer.Length - 2) throw new ArgumentException($"{Source}: '{Token}' has {vectors} vectors, and a text has room for {tokenizer.Length - 2}.");
    }

    /// <summary>A tokeniser that knows the word.</summary>
    /// <exception cref="ArgumentException">The word is a token already.</exception>
    internal ClipTokenizer AddTo(ClipTokenizer tokenizer, int encoder)
    {
        try
        {
            return tokenizer.With(Token, (int)_embeddings[encoder].shape[0]);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{Source}: {e.Message}", e);
        }
    }

    /// <summary>The embeddings of a tokeniser's added tokens, with those of the word behind them; they are the caller's.</summary>
    /// <param name="tokenizer">The tokeniser without the word.</param>
    /// <param name="before">What was added to it before; null for nothing.</param>
    /// <param name="encoder">Which of the embeddings: 0, or 1 for the second of SDXL.</param>
    internal AddedEmbeddings AddTo(ClipTokenizer tokenizer, AddedEmbeddings? before, int encoder)
    {
        using var noGradient = no_grad();
        Tensor own = _embeddings[encoder];
        Tensor rows = before is null ? own.clone() : cat([before.Rows, own.to(before.Rows.device)], 0);
        return new(before?.FirstNumber ?? tokenizer.Count, rows.DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor embedding in _embeddings) embedding.Dispose();
    }

    private static bool IsNameless(string key) => key == Plain || key.StartsWith(Pickled, StringComparison.Ordinal);

    // [vectors, width], or [width] for one.
    private static Tensor Read(IWeights weights, string key)
    {
        TensorEntry entry = weights.Entries[key];
        if (entry.Shape.Length is not (1 or 2) || entry.Shape.Contains(0))
            throw new InvalidDataException($"{weights.Path}: '{key}' is [{string.Join(", ", entry.Shape)}], where [vectors, width] is expected.");
        Tensor embedding = weights.Load(key, ScalarType.Float32);
        if (!embedding.isfinite().all().item<bool>()) throw new InvalidDataException($"{weights.Path}: '{key}' holds values that are not finite.");
        return embedding.dim() == 2 ? embedding : embedding.unsqueeze(0);
    }

    private static string Listed(IWeights weights)
    {
        const int most = 5;
        string first = string.Join(", ", weights.Entries.Keys.Order(StringComparer.Ordinal).Take(most).Select(key => $"'{key}'"));
        return weights.Entries.Count switch { 0 => "no tensors", <= most => first, _ => $"{first} and {weights.Entries.Count - most} more" };
    }
}
