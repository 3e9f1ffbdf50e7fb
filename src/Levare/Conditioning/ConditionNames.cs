namespace Levare.Conditioning;

/// <summary>The names under which networks look for their conditions; the same as diffusers' arguments where it has them.</summary>
public static class ConditionNames
{
    /// <summary>Classes: [batch] of whole numbers, or what the network's class embedding says.</summary>
    public const string ClassLabels = "class_labels";

    /// <summary>The text, as a text encoder gives it: [batch, tokens, width].</summary>
    public const string Text = "encoder_hidden_states";

    /// <summary>SDXL: the whole text as one vector, [batch, width].</summary>
    public const string TextEmbeds = "text_embeds";

    /// <summary>SDXL: original size, crop and target size (or aesthetic score) as numbers, [batch, count].</summary>
    public const string TimeIds = "time_ids";

    /// <summary>Distilled networks: the guidance scale as waves, [batch, width].</summary>
    public const string TimestepCondition = "timestep_cond";

    /// <summary>Channels that are put behind the scaled state: a mask and a masked picture, an original, a small picture. [batch, channels, height, width].</summary>
    public const string Channels = "concat_latents";

    /// <summary>The picture that the ControlNet of this place follows: [batch, channels, height, width] in pixels, 0..1.</summary>
    public static string ControlImage(int index) => $"controlnet_cond.{index}";

    /// <summary>How much the ControlNet of this place counts, [batch]; 0 switches it off for a row.</summary>
    public static string ControlScale(int index) => $"controlnet_scale.{index}";

    /// <summary>What the image encoder says of the picture that the IP-Adapter of this place shows: [batch, pictures, ...].</summary>
    public static string ImagePrompt(int index) => $"ip_adapter_image_embeds.{index}";

    /// <summary>How much the picture of the IP-Adapter of this place counts, [batch].</summary>
    public static string ImagePromptScale(int index) => $"ip_adapter_scale.{index}";

    /// <summary>A T2I-Adapter's features for the down block of this place, scaled: [batch, channels, height, width].</summary>
    public static string AdapterFeatures(int index) => $"adapter_features.{index}";
}
