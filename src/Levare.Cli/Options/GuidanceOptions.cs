using System.CommandLine;
using Levare.Pipelines;

namespace Levare.Cli.Options;

/// <summary>The options of guidance.</summary>
internal static class GuidanceOptions
{
    private static readonly Option<double?> Guidance = new("--guidance", "-g") { Description = "How strongly the prompt pulls (classifier-free guidance); 1 is not at all.", HelpName = "number" };
    private static readonly Option<double?> Rescale = new("--guidance-rescale") { Description = "The share of a guided estimate whose contrast is brought back, 0 to 1: for models with zero terminal SNR.", HelpName = "share" };
    private static readonly Option<double?> Perturbed = new("--pag") { Description = "Perturbed-attention guidance with this scale, 3 say.", HelpName = "number" };
    private static readonly Option<string[]> PerturbedLayers = new("--pag-layer") { Description = "A pattern of the self-attention layers that --pag disturbs, down_blocks.2 say; mid without it. Several are given by several options.", HelpName = "pattern" };
    private static readonly Option<double?> PerturbedFall = new("--pag-fall") { Description = "By how much --pag falls with each timestep of training; 0 is not at all.", HelpName = "number" };
    private static readonly Option<double?> SelfAttentive = new("--sag") { Description = "Self-attention guidance with this scale, 0.75 say.", HelpName = "number" };

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Guidance", Guidance, Rescale, Perturbed, PerturbedLayers, PerturbedFall, SelfAttentive);

    /// <summary>A request with what the options say.</summary>
    public static ImageRequest Apply(ImageRequest request, ParseResult parsed)
    {
        double rescale = parsed.GetValue(Rescale) ?? 0;
        if (rescale is not (>= 0 and <= 1)) throw new UsageException($"--guidance-rescale {TrailingNumber.Text(rescale)}: 0 to 1.");
        return request with { Guidance = parsed.GetValue(Guidance), GuidanceRescale = rescale, Attention = Attention(parsed) };
    }

    private static AttentionGuidance? Attention(ParseResult parsed)
    {
        double? perturbed = parsed.GetValue(Perturbed), attentive = parsed.GetValue(SelfAttentive), fall = parsed.GetValue(PerturbedFall);
        string[] layers = parsed.GetValue(PerturbedLayers) ?? [];
        if (perturbed is not null && attentive is not null) throw new UsageException("--pag and --sag both guide by attention: leave one out.");
        if (perturbed is null && (layers.Length > 0 || fall is not null)) throw new UsageException("--pag-layer and --pag-fall belong to --pag, which is missing.");
        if (attentive is { } scale) return new SelfAttention { Scale = scale };
        if (perturbed is not { } strength) return null;
        PerturbedAttention usual = new() { Scale = strength, Fall = fall ?? 0 };
        return layers.Length == 0 ? usual : usual with { Layers = [.. layers] };
    }
}
