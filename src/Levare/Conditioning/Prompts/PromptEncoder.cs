using System.Collections.Immutable;
using Levare.Conditioning.Clip;
using Levare.Networks.Clip;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Conditioning.Prompts;

/// <summary>Turns prompts into what a latent diffusion model is told, by CLIP's text encoders. Thread-safe.</summary>
public sealed class PromptEncoder : IDisposable
{
    private readonly ImmutableArray<TextEncoder> _encoders;
    private readonly TextEncoderReading _reading;
    private readonly ImmutableArray<IDisposable> _owned;

    /// <summary>An encoder of loaded parts, which stay their owner's.</summary>
    /// <param name="reading">Which states the model reads.</param>
    /// <param name="encoders">One or more; their states lie side by side.</param>
    /// <exception cref="ArgumentException">There is none, or the reading needs a projection that the last lacks.</exception>
    public PromptEncoder(TextEncoderReading reading, params ImmutableArray<TextEncoder> encoders) : this(reading, encoders, [])
    {
    }

    private PromptEncoder(TextEncoderReading reading, ImmutableArray<TextEncoder> encoders, ImmutableArray<IDisposable> owned)
    {
        if (encoders.IsEmpty) throw new ArgumentException("A prompt needs a text encoder.", nameof(encoders));
        if (encoders.Any(encoder => encoder.Tokenizer.Length != encoders[0].Tokenizer.Length || encoder.Tokenizer.Length > encoder.Model.Config.Positions))
            throw new ArgumentException("Tokenizers and text encoders of one model must agree on the length of a text.", nameof(encoders));
        if (reading == TextEncoderReading.Penultimate && !encoders[^1].Model.HasProjection)
            throw new ArgumentException("The model reads the projected text, which its text encoder lacks (text_projection).", nameof(encoders));
        (_reading, _encoders, _owned) = (reading, encoders, owned);
    }

    /// <summary>The tokenisers and text encoders.</summary>
    public ImmutableArray<TextEncoder> Encoders => _encoders;

    /// <summary>Loads tokenizer/, text_encoder/ and, where the model has them, tokenizer_2/ and text_encoder_2/. The result owns the encoders.</summary>
    /// <param name="model">The model.</param>
    /// <param name="variant">fp16, say; null takes the plain weights.</param>
    /// <param name="strictness">Whether keys that are not known are errors.</param>
    /// <exception cref="InvalidDataException">A part is not sound; the message names it.</exception>
    public static PromptEncoder Load(ModelFiles model, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        string[] suffixes = [.. new[] { "", "_2" }.Where(suffix => model.Has("text_encoder" + suffix))];
        if (suffixes.Length == 0) throw new InvalidDataException($"{model.Path} has no text encoder.");
        List<ClipTextModel> loaded = [];
        try
        {
            foreach (string suffix in suffixes) loaded.Add(ClipTextModel.Load(model.Component("text_encoder" + suffix), variant, strictness));
            ImmutableArray<TextEncoder> encoders = [.. suffixes.Select((suffix, i) => new TextEncoder(Tokenizer(model, "tokenizer" + suffix), loaded[i]) { Part = "text_encoder" + suffix })];
            if (encoders.Any(encoder => encoder.Tokenizer.Length != encoders[0].Tokenizer.Length || encoder.Tokenizer.Length > encoder.Model.Config.Positions))
                throw new InvalidDataException($"{model.Path}: tokenizers and text encoders disagree on the length of a text (model_max_length, max_position_embeddings).");
            return new(suffixes is [""] ? TextEncoderReading.Last : TextEncoderReading.Penultimate, encoders, [.. loaded]);
        }
        catch
        {
            foreach (ClipTextModel encoder in loaded) encoder.Dispose();
            throw;
        }
    }

    private static ClipTokenizer Tokenizer(ModelFiles model, string part) =>
        model.FolderOf(part) is { } folder ? ClipTokenizer.Load(folder) : ClipTokenizer.Load(model.Component(part));

    /// <summary>This encoder with other tokenisers, text encoders or embeddings, which stay their owners'. This one stays as it is, and must outlive what shares its parts.</summary>
    public PromptEncoder With(params ImmutableArray<TextEncoder> encoders) => new(_reading, encoders);

    /// <summary>This encoder with more words, which were learned from pictures. This one stays as it is, and must outlive the result, which shares its parts.</summary>
    /// <exception cref="ArgumentException">An inversion is for another kind of model, or its word is a token already; the message names its file.</exception>
    public PromptEncoder With(params IEnumerable<TextualInversion> inversions)
    {
        ImmutableArray<TextEncoder> encoders = _encoders;
        List<IDisposable> owned = [];
        try
        {
            foreach (TextualInversion inversion in inversions)
            {
                encoders = Add(inversion, encoders);
                owned.AddRange(encoders.Select(encoder => encoder.Added!.Rows));
            }
            return new(_reading, encoders, [.. owned]);
        }
        catch
        {
            foreach (IDisposable rows in owned) rows.Dispose();
            throw;
        }
    }

    /// <summary>Encodes prompts and negative prompts, a row each, all of one length.</summary>
    /// <remarks>A row's numbers do not depend on the other rows, but for the chunks without words that make all rows as long as the longest.</remarks>
    /// <param name="prompts">The rows.</param>
    /// <param name="syntax">How they are read.</param>
    /// <exception cref="ArgumentException">There is no row, or one leaves out more layers than there are.</exception>
    public EncodedPrompts Encode(IReadOnlyList<PromptText> prompts, PromptSyntax syntax = PromptSyntax.Plain)
    {
        if (prompts.Count == 0) throw new ArgumentException("There is no prompt to encode.", nameof(prompts));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Dictionary<PromptText, ImmutableArray<TokenizedPrompt>> tokenized = prompts.Distinct().ToDictionary(prompt => prompt, prompt => Tokenize(prompt, syntax));
        int chunks = tokenized.Values.Max(texts => texts.Max(text => text.Chunks));
        Dictionary<PromptText, (Tensor Text, Tensor? Pooled)> encoded = tokenized.ToDictionary(pair => pair.Key, pair => Encode(pair.Key, pair.Value, chunks));
        Tensor text = cat([.. prompts.Select(prompt => encoded[prompt].Text)], 0);
        Tensor? pooled = _reading == TextEncoderReading.Last ? null : cat([.. prompts.Select(prompt => encoded[prompt].Pooled!)], 0);
        return new(
            text.MoveToOuterDisposeScope(), pooled?.MoveToOuterDisposeScope(),
            [.. tokenized.Values.SelectMany(texts => texts).Select(row => row.Dropped).Where(dropped => dropped.Length > 0).Distinct(StringComparer.Ordinal)]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable part in _owned) part.Dispose();
    }

    // A refiner has only the second of SDXL's encoders, and so takes the second of a pair.
    private ImmutableArray<TextEncoder> Add(TextualInversion inversion, ImmutableArray<TextEncoder> encoders)
    {
        int first = inversion.Encoders - encoders.Length;
        if (first < 0 || (first > 0 && _reading != TextEncoderReading.Penultimate))
            throw new ArgumentException($"{inversion.Source}: '{inversion.Token}' is for {inversion.Encoders} text encoders, and this model has {encoders.Length}.", nameof(inversion));
        for (int i = 0; i < encoders.Length; i++) inversion.Check(encoders[i].Tokenizer, first + i, encoders[i].Model.Config.Encoder.Width);
        ClipTokenizer[] tokenizers = [.. encoders.Select((encoder, i) => inversion.AddTo(encoder.Tokenizer, first + i))];
        return [.. encoders.Select((encoder, i) => encoder with { Tokenizer = tokenizers[i], Added = inversion.AddTo(encoder.Tokenizer, encoder.Added, first + i) })];
    }

    private ImmutableArray<TokenizedPrompt> Tokenize(PromptText prompt, PromptSyntax syntax) =>
        [.. _encoders.Select((encoder, i) => TokenizedPrompt.Of(i == 0 || string.IsNullOrEmpty(prompt.Second) ? prompt.Text : prompt.Second, syntax, encoder.Tokenizer))];

    // The states of all encoders side by side, [1, chunks * tokens, width], and the whole prompt [1, width] as the last encoder projects it.
    private (Tensor Text, Tensor? Pooled) Encode(PromptText prompt, ImmutableArray<TokenizedPrompt> texts, int chunks)
    {
        PromptStates[] states = [.. _encoders.Select((encoder, i) => new PromptReader(encoder, _reading, prompt.ClipSkip).Read(texts[i], chunks))];
        return (cat([.. states.Select(state => state.Text)], -1), states[^1].Pooled);
    }
}
