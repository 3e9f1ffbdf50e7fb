using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Levare.Conditioning.Prompts;

/// <summary>Prompts as a network is told them. The tensors are the caller's.</summary>
/// <param name="Text">A row for each prompt, [prompts, tokens, width]; tokens are a multiple of the encoder's length (77).</param>
/// <param name="Pooled">Each whole prompt as one vector, [prompts, width]; null in models that are not told of it.</param>
/// <param name="Dropped">What was cut from prompts that were too long, as the tokeniser spells it; empty where all fitted.</param>
public sealed record EncodedPrompts(Tensor Text, Tensor? Pooled, ImmutableArray<string> Dropped);
