namespace Levare.Adapters;

/// <summary>The parts of a model that adapters change, by the names of model_index.json.</summary>
internal static class AdapterParts
{
    public const string UNet = "unet", TextEncoder = "text_encoder", TextEncoder2 = "text_encoder_2";
}
