namespace Levare.Conditioning.Prompts;

/// <summary>How what a caller types is read.</summary>
public enum PromptSyntax
{
    /// <summary>As it is: every word counts alike, and what is too long for the text encoder is cut. What diffusers does.</summary>
    Plain,

    /// <summary>
    /// <c>(word)</c> counts 1.1 times, <c>[word]</c> 1/1.1 times, <c>(word:1.3)</c> 1.3 times; brackets nest; <c>\(</c> and its kind are letters;
    /// <c>BREAK</c> begins a new chunk of the text encoder, and long prompts take as many as they need. What A1111's users type.
    /// </summary>
    Weighted,

    /// <summary>
    /// <c>word+</c> counts 1.1 times, <c>word-</c> 0.9 times, <c>(some words)1.3</c> 1.3 times; <c>("a", "b").blend(0.7, 0.3)</c> mixes,
    /// <c>("a", "b").and()</c> sets side by side. What compel reads.
    /// </summary>
    Compel,
}
