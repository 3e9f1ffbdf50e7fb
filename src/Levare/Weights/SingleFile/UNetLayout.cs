using System.Collections.Immutable;

namespace Levare.Weights;

/// <summary>One resolution of a U-Net: its residual blocks, which of them attention follows, and whether a resampling ends it.</summary>
internal sealed record UNetLevel(ImmutableArray<bool> Attention, bool Resamples);

/// <summary>The blocks of a conditional U-Net, from whose order both namings follow: numbered in a row (CompVis, SGM), or by resolution (diffusers).</summary>
internal sealed record UNetLayout(ImmutableArray<UNetLevel> Down, ImmutableArray<UNetLevel> Up)
{
    // Residual blocks are numbered sequences in files.
    private static readonly (string File, string Part)[] Residual =
    [
        ("in_layers.0", "norm1"), ("in_layers.2", "conv1"), ("emb_layers.1", "time_emb_proj"),
        ("out_layers.0", "norm2"), ("out_layers.3", "conv2"), ("skip_connection", "conv_shortcut"),
    ];

    /// <summary>The blocks that keys of a single file tell of.</summary>
    public static UNetLayout OfFile(KeyTree keys)
    {
        List<UNetLevel> down = [], up = [];
        List<bool> attention = [];
        for (int i = 1; keys.Has($"input_blocks.{i}"); i++)
        {
            if (keys.Has($"input_blocks.{i}.0.op")) Close(down, resamples: true);
            else attention.Add(keys.Has($"input_blocks.{i}.1"));
        }
        Close(down, resamples: false);
        for (int i = 0; keys.Has($"output_blocks.{i}"); i++)
        {
            attention.Add(keys.Has($"output_blocks.{i}.1.norm"));
            if (keys.Has($"output_blocks.{i}.1.conv") || keys.Has($"output_blocks.{i}.2.conv")) Close(up, resamples: true);
        }
        Close(up, resamples: false);
        return new([.. down], [.. up]);

        void Close(List<UNetLevel> levels, bool resamples)
        {
            levels.Add(new([.. attention], resamples));
            attention.Clear();
        }
    }

    /// <summary>The blocks that keys of a model folder's part tell of.</summary>
    public static UNetLayout OfPart(KeyTree keys)
    {
        return new([.. Levels("down_blocks", "downsamplers")], [.. Levels("up_blocks", "upsamplers")]);

        IEnumerable<UNetLevel> Levels(string blocks, string sampler) => Enumerable.Range(0, keys.Count(blocks)).Select(i => new UNetLevel(
            [.. Enumerable.Range(0, keys.Count($"{blocks}.{i}.resnets")).Select(j => keys.Has($"{blocks}.{i}.attentions.{j}"))], keys.Has($"{blocks}.{i}.{sampler}")));
    }

    /// <summary>All modules under both names.</summary>
    public ImmutableArray<ModulePair> Modules() =>
    [
        new("time_embed.0", "time_embedding.linear_1"), new("time_embed.2", "time_embedding.linear_2"), new("time_embed.cond_proj", "time_embedding.cond_proj"),
        new("label_emb.0.0", "add_embedding.linear_1"), new("label_emb.0.2", "add_embedding.linear_2"), new("label_emb", "class_embedding"),
        new("input_blocks.0.0", "conv_in"), new("out.0", "conv_norm_out"), new("out.2", "conv_out"),
        .. Resnet("middle_block.0", "mid_block.resnets.0"), new("middle_block.1", "mid_block.attentions.0"), .. Resnet("middle_block.2", "mid_block.resnets.1"),
        .. DownModules(), .. UpModules(),
    ];

    private IEnumerable<ModulePair> DownModules()
    {
        int next = 1;
        for (int level = 0; level < Down.Length; level++)
        {
            for (int layer = 0; layer < Down[level].Attention.Length; layer++, next++)
            {
                foreach (ModulePair pair in Resnet($"input_blocks.{next}.0", $"down_blocks.{level}.resnets.{layer}")) yield return pair;
                if (Down[level].Attention[layer]) yield return new($"input_blocks.{next}.1", $"down_blocks.{level}.attentions.{layer}");
            }
            if (Down[level].Resamples) yield return new($"input_blocks.{next++}.0.op", $"down_blocks.{level}.downsamplers.0.conv");
        }
    }

    private IEnumerable<ModulePair> UpModules()
    {
        int next = 0;
        for (int level = 0; level < Up.Length; level++)
        {
            for (int layer = 0; layer < Up[level].Attention.Length; layer++, next++)
            {
                bool attends = Up[level].Attention[layer];
                foreach (ModulePair pair in Resnet($"output_blocks.{next}.0", $"up_blocks.{level}.resnets.{layer}")) yield return pair;
                if (attends) yield return new($"output_blocks.{next}.1", $"up_blocks.{level}.attentions.{layer}");
                if (Up[level].Resamples && layer == Up[level].Attention.Length - 1)
                    yield return new($"output_blocks.{next}.{(attends ? 2 : 1)}.conv", $"up_blocks.{level}.upsamplers.0.conv");
            }
        }
    }

    private static IEnumerable<ModulePair> Resnet(string file, string part) => Residual.Select(leaf => new ModulePair($"{file}.{leaf.File}", $"{part}.{leaf.Part}"));
}
