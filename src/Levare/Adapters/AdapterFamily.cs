namespace Levare.Adapters;

/// <summary>The families of models that adapters are made for.</summary>
public enum AdapterFamily
{
    /// <summary>Stable Diffusion 1.x: a text encoder 768 wide.</summary>
    StableDiffusion1,

    /// <summary>Stable Diffusion 2.x: a text encoder 1024 wide.</summary>
    StableDiffusion2,

    /// <summary>Stable Diffusion XL: two text encoders.</summary>
    StableDiffusionXL,
}

/// <summary>Families recognised and named.</summary>
public static class AdapterFamilies
{
    private static readonly Dictionary<long, AdapterFamily> ByTextWidth = new()
    {
        [768] = AdapterFamily.StableDiffusion1,
        [1024] = AdapterFamily.StableDiffusion2,
        [1280] = AdapterFamily.StableDiffusionXL,
        [2048] = AdapterFamily.StableDiffusionXL,
    };

    /// <summary>The family by the names of the parts, else by the width of the text in cross attentions, else null.</summary>
    internal static AdapterFamily? Of(IEnumerable<AdapterModule> modules)
    {
        AdapterFamily? family = null;
        foreach (AdapterModule module in modules)
        {
            if (AdapterName.Parse(module.Name).Part == AdapterParts.TextEncoder2 || module.Name.StartsWith("lora_te1_", StringComparison.Ordinal)) return AdapterFamily.StableDiffusionXL;
            if (TextWidth(module) is { } width && ByTextWidth.TryGetValue(width, out AdapterFamily found)) family = found;
        }
        return family;
    }

    /// <summary>The family as people write it.</summary>
    public static string Name(this AdapterFamily family) => family switch
    {
        AdapterFamily.StableDiffusion1 => "Stable Diffusion 1",
        AdapterFamily.StableDiffusion2 => "Stable Diffusion 2",
        _ => "Stable Diffusion XL",
    };

    private static long? TextWidth(AdapterModule module)
    {
        string layer = AdapterName.Parse(module.Name).Layer;
        bool readsText = layer.EndsWith("attn2_to_k", StringComparison.Ordinal) || layer.EndsWith("attn2_to_v", StringComparison.Ordinal);
        return readsText && module.Shape.Length > 1 ? module.Shape[1] : null;
    }
}
