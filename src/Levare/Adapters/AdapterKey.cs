using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Levare.Adapters;

/// <summary>A key of an adapter's file: the module that it changes, as the file calls it, and what the tensor is.</summary>
/// <param name="Module">lora_unet_mid_block_attentions_0_proj_in, unet.mid_block.attentions.0.proj_in, ...</param>
/// <param name="Role">What the tensor is.</param>
internal readonly partial record struct AdapterKey(string Module, AdapterRole Role)
{
    private static readonly ImmutableArray<(string Ending, AdapterRole Role)> Endings =
    [
        // kohya and LyCORIS
        (".lora_down.weight", AdapterRole.Down), (".lora_up.weight", AdapterRole.Up), (".lora_mid.weight", AdapterRole.Mid), (".alpha", AdapterRole.Alpha),
        (".dora_scale", AdapterRole.DoraScale),
        (".hada_w1_a", AdapterRole.HadaW1A), (".hada_w1_b", AdapterRole.HadaW1B), (".hada_t1", AdapterRole.HadaT1),
        (".hada_w2_a", AdapterRole.HadaW2A), (".hada_w2_b", AdapterRole.HadaW2B), (".hada_t2", AdapterRole.HadaT2),
        (".lokr_w1", AdapterRole.KronW1), (".lokr_w1_a", AdapterRole.KronW1A), (".lokr_w1_b", AdapterRole.KronW1B),
        (".lokr_w2", AdapterRole.KronW2), (".lokr_w2_a", AdapterRole.KronW2A), (".lokr_w2_b", AdapterRole.KronW2B), (".lokr_t2", AdapterRole.KronT2),
        (".diff", AdapterRole.Difference), (".diff_b", AdapterRole.BiasDifference), (".w_norm", AdapterRole.Difference), (".b_norm", AdapterRole.BiasDifference),
        // diffusers before PEFT
        (".lora.down.weight", AdapterRole.Down), (".lora.up.weight", AdapterRole.Up),
        (".lora_linear_layer.down.weight", AdapterRole.Down), (".lora_linear_layer.up.weight", AdapterRole.Up),
        // PEFT
        (".lora_A.weight", AdapterRole.Down), (".lora_B.weight", AdapterRole.Up), (".lora_B.bias", AdapterRole.UpBias),
        (".lora_magnitude_vector", AdapterRole.MagnitudeVector), (".lora_magnitude_vector.weight", AdapterRole.MagnitudeVector),
    ];

    /// <summary>Reads a key, or gives null where it is none of an adapter's.</summary>
    public static AdapterKey? Parse(string key)
    {
        key = AdapterName().Replace(key, "${factor}${end}");
        if (Projection().Match(key) is { Success: true } old)
            return new($"{old.Groups["owner"].Value}.{Projected(old)}", old.Groups["end"].Value == "down" ? AdapterRole.Down : AdapterRole.Up);
        foreach ((string ending, AdapterRole role) in Endings)
            if (key.Length > ending.Length && key.EndsWith(ending, StringComparison.Ordinal))
                return new(key[..^ending.Length], role);
        return null;
    }

    // The first spelling of diffusers names the projections of an attention, in text encoders by the U-Net's words.
    private static string Projected(Match match)
    {
        string projection = match.Groups["projection"].Value;
        bool isText = match.Groups["owner"].Value.EndsWith(".self_attn", StringComparison.Ordinal);
        return (isText, projection) switch
        {
            (true, "to_out") => "out_proj",
            (true, _) => $"{projection["to_".Length..]}_proj",
            (false, "to_out") => "to_out.0",
            (false, _) => projection,
        };
    }

    [GeneratedRegex(@"^(?<owner>.+?)(\.processor)?\.(?<projection>to_[qkv]|to_out)_lora\.(?<end>down|up)\.weight$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Projection();

    // PEFT puts the adapter's name, mostly "default", behind its own: lora_A.default.weight.
    [GeneratedRegex(@"(?<factor>\.lora_([AB]|magnitude_vector))\.[^.]+(?<end>\.(weight|bias))$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex AdapterName();
}
