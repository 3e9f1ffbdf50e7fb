using System.Text.RegularExpressions;

namespace Levare.Networks.Attention;

/// <summary>Some attention layers of a network, by their keys. Immutable and thread-safe.</summary>
/// <remarks>A layer is chosen where one of the patterns is found in its key: "mid" finds mid_block.attentions.0.transformer_blocks.0.attn1.</remarks>
public sealed class AttentionSelection
{
    private readonly Regex[] _patterns;

    /// <summary>A selection by regular expressions (without backtracking, so that no key can stall them).</summary>
    /// <exception cref="ArgumentException">There is no pattern, or one is no regular expression.</exception>
    public AttentionSelection(params ReadOnlySpan<string> patterns)
    {
        if (patterns.IsEmpty) throw new ArgumentException("A selection of attention layers needs a pattern.", nameof(patterns));
        _patterns = [.. patterns.ToArray().Select(pattern => new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant))];
    }

    /// <summary>Whether a layer is chosen.</summary>
    public bool Has(string key) => _patterns.Any(pattern => pattern.IsMatch(key));

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _patterns.Select(pattern => pattern.ToString()));
}
