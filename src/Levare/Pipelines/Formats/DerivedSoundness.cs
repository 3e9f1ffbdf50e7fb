using Levare.Networks.Autoencoders;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Weights;

namespace Levare.Pipelines.Formats;

/// <summary>Whether configurations that follow from a single file's shapes are sound: what leaves no trace in shapes is taken from the published models, and may not fit others.</summary>
internal static class DerivedSoundness
{
    /// <summary>Reads the configurations that a file was not given.</summary>
    /// <exception cref="InvalidDataException">One is not sound; the message says how to give the right one.</exception>
    public static void Require(ModelFiles model)
    {
        foreach (ModelPart part in model.Parts.Where(part => model.FolderOf(part.Name) is null)) Require(model.Component(part.Name));
    }

    private static void Require(ModelComponent part)
    {
        try
        {
            Read(part);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(
                $"{e.Message} The file's networks have an unusual shape, and their configurations do not follow from it: give them with a model folder that has them (--config FOLDER, {nameof(ImageModelOptions)}.{nameof(ImageModelOptions.Configuration)}).", e);
        }
    }

    private static void Read(ModelComponent part)
    {
        switch (part.ClassName)
        {
            case "UNet2DConditionModel":
                UNet2DConditionConfigJson.Read(part.Config, part.ConfigPath);
                break;
            case "AutoencoderKL":
                AutoencoderKlConfigJson.Read(part.Config, part.ConfigPath);
                break;
            case "CLIPTextModel" or "CLIPTextModelWithProjection":
                ClipTextConfig.Read(part.Config, part.ConfigPath);
                break;
        }
    }
}
