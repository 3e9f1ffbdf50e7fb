using Levare.Weights;

namespace Levare.Pipelines;

/// <summary>Where the parts of a model folder go in a single file.</summary>
internal static class SingleFileParts
{
    // Single files have no such parts; readers bring their own.
    private static readonly string[] LeftOut = ["tokenizer", "tokenizer_2", "scheduler", "low_res_scheduler", "safety_checker", "feature_extractor"];

    /// <summary>The parts with their architectures and the beginnings of their keys.</summary>
    /// <exception cref="NotSupportedException">The model has a part that no single file has, or lacks its U-Net.</exception>
    public static IReadOnlyList<(string Part, PartKind Kind, string Prefix)> Of(ModelFolder model)
    {
        if (!model.Has("unet")) throw new NotSupportedException($"{model.Folder} ({model.ClassName}) has no unet: single files are known of Stable Diffusion 1, 2 and XL.");
        return [.. model.Parts.Where(part => !LeftOut.Contains(part.Name)).Select(part => Place(model, part.Name))];
    }

    /// <summary>What the keys do not tell: what the U-Net predicts.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(ModelFolder model)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal) { ["format"] = "pt" };
        if (model.Has("scheduler") && new ConfigReader(model.Component("scheduler").Config, model.PartFolder("scheduler")).Text("prediction_type", null) is { } type)
            metadata["modelspec.prediction_type"] = type == "v_prediction" ? "v" : type;
        return metadata;
    }

    private static (string, PartKind, string) Place(ModelFolder model, string part) => part switch
    {
        "unet" => (part, PartKind.UNet, "model.diffusion_model."),
        "vae" => (part, PartKind.Autoencoder, "first_stage_model."),
        "text_encoder" when model.Has("text_encoder_2") => (part, PartKind.Clip, "conditioner.embedders.0.transformer."),
        "text_encoder" when IsSecond(model) => (part, PartKind.OpenClip, "cond_stage_model.model."),
        "text_encoder" => (part, PartKind.Clip, "cond_stage_model.transformer."),
        "text_encoder_2" => (part, PartKind.OpenClip, $"conditioner.embedders.{(model.Has("text_encoder") ? 1 : 0)}.model."),
        _ => throw new NotSupportedException($"{model.Folder} has the part '{part}', which no single file has."),
    };

    // Stable Diffusion 2 and its kin have linear layers around attention.
    private static bool IsSecond(ModelFolder model) => new ConfigReader(model.Component("unet").Config, model.PartFolder("unet")).Bool("use_linear_projection", false);
}
