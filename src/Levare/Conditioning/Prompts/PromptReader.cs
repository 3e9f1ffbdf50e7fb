using System.Collections.Immutable;
using Levare.Networks.Clip;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Conditioning.Prompts;

/// <summary>What one text encoder gives for a prompt.</summary>
/// <param name="Text">[1, chunks * tokens, width].</param>
/// <param name="Pooled">[1, width]; null in encoders without a projection.</param>
internal readonly record struct PromptStates(Tensor Text, Tensor? Pooled);

/// <summary>Reads chunks of prompts by one text encoder.</summary>
internal sealed class PromptReader(TextEncoder encoder, TextEncoderReading reading, int clipSkip)
{
    /// <summary>A prompt, with chunks without words behind it up to a number of them.</summary>
    public PromptStates Read(TokenizedPrompt prompt, int chunks)
    {
        PromptStates[] mixes = [.. prompt.Mixes.Select(Read)];
        Tensor[] padding = [.. Enumerable.Range(0, chunks - prompt.Chunks).Select(_ => Empty().Text)];
        return new(cat([.. mixes.Select(mix => mix.Text), .. padding], 1), mixes[0].Pooled);
    }

    private PromptStates Read(TokenizedMix mix)
    {
        PromptStates[] texts = [.. mix.Texts.Select(text => Scale(Read(text.Chunks, mix.Chunks), text.Share))];
        PromptStates sum = texts.Aggregate((a, b) => new(a.Text + b.Text, a.Pooled is null ? null : a.Pooled + b.Pooled!));
        if (mix.Weight == 1) return sum;
        PromptStates nothing = Read([], mix.Chunks);
        return new(nothing.Text + (sum.Text - nothing.Text) * mix.Weight, sum.Pooled is null ? null : nothing.Pooled! + (sum.Pooled - nothing.Pooled!) * mix.Weight);
    }

    // The whole prompt is the first chunk's.
    private PromptStates Read(ImmutableArray<PromptChunk> text, int chunks)
    {
        PromptStates[] states = [.. text.Select(Read), .. Enumerable.Range(0, chunks - text.Length).Select(_ => Empty())];
        return new(cat([.. states.Select(state => state.Text)], 1), states[0].Pooled);
    }

    private PromptStates Empty() => Read(PromptChunk.Empty(encoder.Tokenizer));

    private PromptStates Read(PromptChunk chunk)
    {
        using var scope = NewDisposeScope();
        Tensor numbers = tensor(chunk.Numbers.Select(number => (long)number).ToArray(), device: encoder.Model.Device).unsqueeze(0);
        ClipTextOutput output = encoder.Model.Encode(numbers, encoder.Added);
        Tensor state = Weigh(StateOf(output), chunk.Weights);
        return new(state.MoveToOuterDisposeScope(), output.Projected?.MoveToOuterDisposeScope());
    }

    private Tensor StateOf(ClipTextOutput output)
    {
        int skipped = reading == TextEncoderReading.Penultimate ? clipSkip + 1 : clipSkip;
        if (clipSkip < 0 || skipped >= output.HiddenStates.Count)
            throw new ArgumentException($"A clip skip of {clipSkip} leaves nothing of a text encoder with {output.HiddenStates.Count - 1} layers.");
        if (reading == TextEncoderReading.Penultimate) return output.HiddenStates[^(skipped + 1)];
        return skipped == 0 ? output.LastState : encoder.Model.Normalise(output.HiddenStates[^(skipped + 1)]);
    }

    // Each token's state times its weight; then all are scaled so that their mean stays what it was.
    private static Tensor Weigh(Tensor state, ImmutableArray<float>? weights)
    {
        if (weights is not { } factors) return state;
        Tensor weighed = state * tensor(factors.ToArray(), state.dtype, state.device).view(1, -1, 1);
        double before = Mean(state), after = Mean(weighed);
        return after == 0 ? weighed : weighed * (before / after);
    }

    private static double Mean(Tensor state) => state.to(ScalarType.Float32).mean().item<float>();

    private static PromptStates Scale(PromptStates states, double share) =>
        share == 1 ? states : new(states.Text * share, states.Pooled is null ? null : states.Pooled * share);
}
