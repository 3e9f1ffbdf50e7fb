using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Levare.Weights;

/// <summary>What a single file holds, recognised by its keys and shapes alone. Immutable.</summary>
/// <param name="Family">The kind of model.</param>
/// <param name="Parts">Its parts.</param>
/// <param name="Markers">Keys of tensors that say something by being there: v_pred, ztsnr.</param>
internal sealed partial record CheckpointLayout(CheckpointFamily Family, ImmutableArray<PartLayout> Parts, ImmutableHashSet<string> Markers)
{
    private const int Listed = 20, LongestKey = 512;
    private const string StateDict = "state_dict.";

    /// <summary>Parts by the beginning of their keys in files of whole models.</summary>
    public static readonly ImmutableArray<(string Prefix, string Sign, string Part, PartKind Kind)> Known =
    [
        ("model.diffusion_model.", "input_blocks", "unet", PartKind.UNet), ("first_stage_model.", "decoder", "vae", PartKind.Autoencoder),
        ("cond_stage_model.transformer.", "", "text_encoder", PartKind.Clip), ("cond_stage_model.model.", "transformer", "text_encoder", PartKind.OpenClip),
        ("conditioner.embedders.0.transformer.", "", "text_encoder", PartKind.Clip),
        ("conditioner.embedders.0.model.", "transformer", "text_encoder_2", PartKind.OpenClip), ("conditioner.embedders.1.model.", "transformer", "text_encoder_2", PartKind.OpenClip),
    ];

    // Signs of models that are known by name and cannot be opened.
    private static readonly (string Node, string Name)[] Strangers =
    [
        ("model.diffusion_model.joint_blocks", "Stable Diffusion 3"), ("joint_blocks", "Stable Diffusion 3"), ("model.diffusion_model.double_blocks", "FLUX"),
        ("double_blocks", "FLUX"), ("transformer_blocks.0.attn.add_q_proj", "a FLUX or Stable Diffusion 3 transformer"), ("control_model", "a ControlNet, which steers a model (--control) and is none"), ("edm_mean", "Playground 2.5"),
        ("clip_txt_mapper", "Stable Cascade"), ("down_blocks", "a part of a model folder, which needs its config.json beside it"),
    ];

    /// <summary>Recognises a file.</summary>
    /// <exception cref="NotSupportedException">It holds a model of another kind, which the message names.</exception>
    /// <exception cref="InvalidDataException">It holds no known model, or tensors beside one that belong to nothing; the message lists them.</exception>
    public static CheckpointLayout Recognise(IWeights weights)
    {
        IReadOnlyDictionary<string, TensorEntry> all = weights.Entries;
        // The work on a key grows with the square of its length.
        if (all.Keys.FirstOrDefault(key => key.Length > LongestKey) is { } longest)
            throw new InvalidDataException($"{weights.Path} has a key of {longest.Length} letters, where those of models have at most {LongestKey}: '{longest.AsSpan(0, LongestKey)}'...");
        KeyTree tree = new(all.Keys);
        string root = tree.Has(StateDict[..^1]) ? StateDict : "";
        List<string> unmatched = [];
        ImmutableArray<PartLayout> parts = [.. Find(tree, root).Select(found => PartLayout.Read(found.Part, found.Kind, all, found.Prefix, unmatched))];
        if (parts.IsEmpty) throw Unknown(weights, tree);
        HashSet<string> matched = [.. parts.SelectMany(part => part.Pairs).Select(pair => pair.File), .. unmatched];
        string[] strangers = [.. unmatched.Concat(all.Keys.Where(key => !matched.Contains(key))).Where(key => !IsPassedOver(key, root)).Order(StringComparer.Ordinal)];
        if (strangers.Length > 0)
            throw new InvalidDataException($"{weights.Path} has {strangers.Length} tensors that belong to no part of the model: {string.Join(", ", strangers.Take(Listed))}{(strangers.Length > Listed ? ", ..." : "")}.");
        return new(FamilyOf(parts), parts, [.. MarkerKeys.Where(marker => tree.Has(root + marker))]);
    }

    /// <summary>The part of a name, or null.</summary>
    public PartLayout? Find(string name) => Parts.FirstOrDefault(part => part.Name == name);

    private static readonly string[] MarkerKeys = ["v_pred", "ztsnr"];

    // Whole models have prefixes; files of one part alone have none.
    private static IEnumerable<(string Prefix, string Part, PartKind Kind)> Find(KeyTree tree, string root)
    {
        (string Prefix, string Part, PartKind Kind)[] known =
            [.. Known.Where(known => tree.Has((root + known.Prefix + known.Sign).TrimEnd('.'))).Select(known => (root + known.Prefix, known.Part, known.Kind))];
        if (known.Length > 0) return known;
        if (tree.Has($"{root}input_blocks.0.0")) return [(root, "unet", PartKind.UNet)];
        return tree.Has($"{root}decoder.conv_in") && tree.Has($"{root}decoder.mid.block_1") ? [(root, "vae", PartKind.Autoencoder)] : [];
    }

    /// <summary>The kind of model that a U-Net, or the copy of its way down, belongs to, as its own tensors tell.</summary>
    public static CheckpointFamily FamilyOf(PartLayout unet)
    {
        if (unet.Shapes.ContainsKey("add_embedding.linear_1.weight"))
            return new KeyTree(unet.Shapes.Keys).Count("down_blocks") > 3 ? CheckpointFamily.StableDiffusionXlRefiner : CheckpointFamily.StableDiffusionXl;
        if (unet.Shapes.ContainsKey("class_embedding.weight")) return CheckpointFamily.Upscaler;
        bool isLinear = unet.Shapes.TryGetValue("mid_block.attentions.0.proj_in.weight", out ImmutableArray<long> shape) && shape.Length == 2;
        return isLinear ? CheckpointFamily.StableDiffusion2 : CheckpointFamily.StableDiffusion1;
    }

    private static CheckpointFamily FamilyOf(ImmutableArray<PartLayout> parts)
    {
        if (parts.FirstOrDefault(part => part.Kind == PartKind.UNet) is not { } unet) return CheckpointFamily.Autoencoder;
        bool hasFirst = parts.Any(part => part.Name == "text_encoder"), hasSecond = parts.Any(part => part.Name == "text_encoder_2");
        if (hasSecond) return hasFirst ? CheckpointFamily.StableDiffusionXl : CheckpointFamily.StableDiffusionXlRefiner;
        return FamilyOf(unet);
    }

    private static Exception Unknown(IWeights weights, KeyTree tree)
    {
        foreach ((string node, string name) in Strangers)
            if (tree.Has(node)) return new NotSupportedException($"{weights.Path} holds {name}, which is not supported as a single file.");
        return new InvalidDataException(
            $"{weights.Path} holds no model of a known layout (Stable Diffusion 1, 2, XL, or an autoencoder of these); its {weights.Entries.Count} tensors begin with {string.Join(", ", weights.Entries.Keys.Order(StringComparer.Ordinal).Take(5))}.");
    }

    // What training leaves beside the weights: averages, tables of the schedule, optimisers, losses, counters.
    private static bool IsPassedOver(string key, string root)
    {
        if (!key.StartsWith(root, StringComparison.Ordinal)) return true;
        string name = key[root.Length..];
        return MarkerKeys.Contains(name) || PassedOver().IsMatch(name);
    }

    [GeneratedRegex(
        @"^(model_ema\.|(first_stage_model\.)?loss\.|(optimizer_states|lr_schedulers|callbacks|loops|hparams\w*|hyper_parameters)(\.|$)|low_scale_model\.|denoiser\.(log_)?sigmas$|"
        + @"(first_stage_model\.)?model_ema\.|"
        + @"(betas|(sqrt_|sqrt_recip_|sqrt_recipm1_|sqrt_one_minus_|log_one_minus_)?alphas_cumprod(_prev)?|sqrt_recip_alphas_cumprod|posterior_\w+|lvlb_weights|logvar|scale_factor|epoch|global_step)$|"
        + @"(cond_stage_model|conditioner\.embedders\.\d)\.(model\.|transformer\.)?(logit_scale|attn_mask)$|(cond_stage_model|conditioner\.embedders\.\d)\.transformer\.(vision_model|visual_projection)\.)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PassedOver();
}
