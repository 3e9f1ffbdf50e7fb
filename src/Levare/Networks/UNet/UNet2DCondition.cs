using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using Levare.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.UNet;

/// <summary>The U-Net of latent diffusion that looks at a text (Rombach et al. 2022; SDXL of Podell et al. 2023), with diffusers' UNet2DConditionModel keys and settings.</summary>
/// <remarks>
/// <c>forward(input, time, condition)</c>: input [batch, channels, height, width] of any size, in any float type, which is the result's
/// too; time [batch]. Conditions:
/// <see cref="ConditionNames.Text"/>; <see cref="ConditionNames.Channels"/> where InChannels are more than the state's; and as the configuration says
/// <see cref="ConditionNames.ClassLabels"/>, <see cref="ConditionNames.TimestepCondition"/>, <see cref="ConditionNames.TextEmbeds"/> with <see cref="ConditionNames.TimeIds"/>.
/// </remarks>
public sealed class UNet2DCondition : DenoisingNetwork
{
    private readonly ConditionEncoder _encoder;
    private readonly ModuleList<UpBlock> up_blocks;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;

    /// <summary>A network with fresh weights on the CPU, float32, in training mode.</summary>
    /// <exception cref="InvalidDataException">The settings do not fit together.</exception>
    public UNet2DCondition(UNet2DConditionConfig config) : base(nameof(UNet2DCondition))
    {
        config.Validate();
        Config = config;
        UNet2DConditionBlocks blocks = new(config);
        _encoder = new(config, blocks);
        up_blocks = [.. blocks.Up()];
        int first = config.BlockOutChannels[0];
        conv_norm_out = Normalisation.Group(config.NormNumGroups, first, config.NormEps);
        conv_out = Layers.Conv2d(first, config.OutChannels, config.ConvOutKernel, padding: config.ConvOutKernel / 2);
        _encoder.RegisterIn(this);
        RegisterComponents();
    }

    /// <summary>The settings.</summary>
    public UNet2DConditionConfig Config { get; }

    /// <summary>Loads a network from a folder with config.json and weights: float32, on the CPU, ready for inference.</summary>
    /// <param name="component">The folder, such as a model's unet/.</param>
    /// <param name="variant">fp16, say; null takes the plain weights, or the only variant where there are no plain ones.</param>
    /// <param name="strictness">Whether settings and keys that are not known are errors.</param>
    /// <exception cref="InvalidDataException">The folder does not hold such a network; the message says what does not fit.</exception>
    public static UNet2DCondition Load(ModelComponent component, string? variant = null, Strictness strictness = Strictness.Strict)
    {
        UNet2DConditionConfig config = UNet2DConditionConfigJson.Read(component.Config, component.ConfigPath, strictness);
        using IWeights weights = component.OpenWeights(variant);
        UNet2DCondition network = CheckpointMap.Identity.Make(() => new UNet2DCondition(config), weights, strictness);
        network.eval();
        return network;
    }

    /// <summary>Writes config.json and weights in diffusers' layout.</summary>
    /// <param name="folder">The folder, such as a model's unet/.</param>
    public void Save(string folder) => ModelComponent.Write(folder, UNet2DConditionConfigJson.Write(Config), state_dict());

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input's or a condition's shape does not fit, or the network does not know a condition.</exception>
    /// <exception cref="KeyNotFoundException">A condition is missing that the network needs.</exception>
    public override Tensor forward(Tensor input, Tensor time, Condition condition) => Evaluate(input, time, condition, UNetInterventions.None);

    /// <summary>The same as calling the network, with something done to its inside.</summary>
    /// <inheritdoc cref="forward"/>
    public Tensor Evaluate(Tensor input, Tensor time, Condition condition, UNetInterventions interventions)
    {
        RefuseUnknown(condition);
        RefuseUnknown(interventions);
        using var scope = NewDisposeScope();
        Tensor sample = condition.Find(ConditionNames.Channels) is { } channels ? cat([input, channels.to(input.dtype)], 1) : input;
        UNetContext context = Context(time, input.shape[0], condition, interventions);
        (Tensor hidden, List<Tensor> states) = _encoder.Encode(_encoder.Features(sample), context, AdapterFeatures(condition));
        if (interventions.Residuals is { } residuals) (hidden, states) = residuals.AddTo(hidden, states);
        Stack<Tensor> skips = new(states);
        for (int i = 0; i < up_blocks.Count; i++)
            hidden = up_blocks[i].call(hidden, skips, context with { FreeU = interventions.FreeU?.At(i) }, null).Hidden;
        return conv_out.call(Config.Activation.Apply(conv_norm_out.call(hidden))).to(input.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>The keys of the self-attention layers, which <see cref="UNetInterventions"/> can single out.</summary>
    public IEnumerable<string> SelfAttentionLayers => Transformers().Where(block => !block.Shape.OnlyCrossAttention).Select(block => block.SelfAttentionKey);

    /// <summary>The transformer blocks in the order in which IP-Adapters count them: down, up, and the bottom last.</summary>
    internal IReadOnlyList<BasicTransformerBlock> Transformers()
    {
        (IEnumerable<BasicTransformerBlock> down, IEnumerable<BasicTransformerBlock> middle) = _encoder.Transformers();
        return [.. down, .. up_blocks.modules().OfType<BasicTransformerBlock>(), .. middle];
    }

    private UNetContext Context(Tensor time, long batch, Condition condition, UNetInterventions interventions)
    {
        UNetContext context = _encoder.Context(time, batch, condition);
        return context.Attention is not { } attention ? context : context with
        {
            Attention = attention with { Images = interventions.Images, Identity = interventions.IdentityAttention, Probe = interventions.Probe },
        };
    }

    private static List<Tensor> AdapterFeatures(Condition condition)
    {
        List<Tensor> features = [];
        while (condition.Find(ConditionNames.AdapterFeatures(features.Count)) is { } next) features.Add(next);
        return features;
    }

    // Told what it cannot hear, it would go on as if it had.
    private void RefuseUnknown(Condition condition)
    {
        if (Config.ClassEmbedding is null && condition.Find(ConditionNames.ClassLabels) is not null)
            throw new ArgumentException("Class labels were given to a network without a class embedding.", nameof(condition));
        if (Config.TimeConditionDim is null && condition.Find(ConditionNames.TimestepCondition) is not null)
            throw new ArgumentException("The guidance scale was given as a condition to a network without time_cond_proj_dim.", nameof(condition));
    }

    private void RefuseUnknown(UNetInterventions interventions)
    {
        if (interventions.IdentityAttention is { } identity && !SelfAttentionLayers.Any(identity.Has))
            throw new ArgumentException($"No self-attention layer is found by '{identity}'; there are {string.Join(", ", SelfAttentionLayers)}.", nameof(interventions));
        if (interventions.Probe is { } probe && !SelfAttentionLayers.Contains(probe.Layer, StringComparer.Ordinal))
            throw new ArgumentException($"There is no self-attention layer '{probe.Layer}'; there are {string.Join(", ", SelfAttentionLayers)}.", nameof(interventions));
    }
}
