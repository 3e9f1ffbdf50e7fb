using System.Text.RegularExpressions;

namespace Levare.Adapters;

/// <summary>The names that the layers of a U-Net have in the code of Latent Diffusion and its successors, which count blocks through: input_blocks_4_1_proj_in.</summary>
internal static partial class LatentDiffusionNames
{
    private static readonly Dictionary<string, string> Singles = new(StringComparer.Ordinal)
    {
        ["conv_in"] = "input_blocks.0.0",
        ["time_embedding.linear_1"] = "time_embed.0",
        ["time_embedding.linear_2"] = "time_embed.2",
        ["add_embedding.linear_1"] = "label_emb.0.0",
        ["add_embedding.linear_2"] = "label_emb.0.2",
        ["conv_norm_out"] = "out.0",
        ["conv_out"] = "out.2",
    };

    private static readonly Dictionary<string, string> Residual = new(StringComparer.Ordinal)
    {
        ["norm1"] = "in_layers.0",
        ["conv1"] = "in_layers.2",
        ["time_emb_proj"] = "emb_layers.1",
        ["norm2"] = "out_layers.0",
        ["conv2"] = "out_layers.3",
        ["conv_shortcut"] = "skip_connection",
    };

    /// <summary>The other name of each layer that has one.</summary>
    /// <param name="layers">The paths of a U-Net's layers; how many blocks of which kind there are is read from them.</param>
    public static IEnumerable<(string Layer, string Name)> Of(IReadOnlyCollection<string> layers)
    {
        Dictionary<string, string> blocks = Blocks(layers);
        foreach (string layer in layers)
            if (Singles.TryGetValue(layer, out string? single)) yield return (layer, single);
            else if (BlockPattern().Match(layer) is { Success: true } match && blocks.TryGetValue(match.Groups["block"].Value, out string? block))
                yield return (layer, $"{block}.{Inner(match)}");
    }

    private static string Inner(Match match)
    {
        string inner = match.Groups["inner"].Value;
        return match.Groups["kind"].Value switch
        {
            "resnets" => Residual.GetValueOrDefault(inner, inner),
            "downsamplers" => inner == "conv" ? "op" : inner,
            _ => inner,
        };
    }

    // down_blocks.1.attentions.0 -> input_blocks.4.1, and so on, in the order in which the network runs them.
    private static Dictionary<string, string> Blocks(IReadOnlyCollection<string> layers)
    {
        HashSet<string> present = [.. layers.Select(layer => BlockPattern().Match(layer)).Where(match => match.Success).Select(match => match.Groups["block"].Value)];
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        int count = 1;
        foreach ((string stage, int layer) in Layers(present, "down_blocks"))
        {
            Name($"{stage}.resnets.{layer}", $"input_blocks.{count}.0");
            Name($"{stage}.attentions.{layer}", $"input_blocks.{count++}.1");
            if (!present.Contains($"{stage}.resnets.{layer + 1}") && Name($"{stage}.downsamplers.0", $"input_blocks.{count}.0")) count++;
        }
        Name("mid_block.resnets.0", "middle_block.0");
        Name("mid_block.attentions.0", "middle_block.1");
        Name("mid_block.resnets.1", "middle_block.2");
        count = 0;
        foreach ((string stage, int layer) in Layers(present, "up_blocks"))
        {
            Name($"{stage}.resnets.{layer}", $"output_blocks.{count}.0");
            bool attends = Name($"{stage}.attentions.{layer}", $"output_blocks.{count}.1");
            if (!present.Contains($"{stage}.resnets.{layer + 1}")) Name($"{stage}.upsamplers.0", $"output_blocks.{count}.{(attends ? 2 : 1)}");
            count++;
        }
        return names;

        bool Name(string block, string name) => present.Contains(block) && names.TryAdd(block, name);
    }

    private static IEnumerable<(string Stage, int Layer)> Layers(HashSet<string> present, string stages)
    {
        for (int stage = 0; present.Contains($"{stages}.{stage}.resnets.0"); stage++)
            for (int layer = 0; present.Contains($"{stages}.{stage}.resnets.{layer}"); layer++)
                yield return ($"{stages}.{stage}", layer);
    }

    [GeneratedRegex(@"^(?<block>((down|up)_blocks\.\d+|mid_block)\.(?<kind>resnets|attentions|downsamplers|upsamplers)\.\d+)\.(?<inner>.+)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex BlockPattern();
}
