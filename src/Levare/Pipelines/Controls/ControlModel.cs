using Levare.Data;
using Levare.Hub;
using Levare.Networks.UNet;
using Levare.Pipelines.Formats;
using Levare.Weights;
using TorchSharp;

namespace Levare.Pipelines.Controls;

/// <summary>A network that steers image models by pictures: a ControlNet, a T2I-Adapter or an IP-Adapter.</summary>
/// <remarks>
/// Immutable after loading and thread-safe: any number of requests, of any models that it fits, may use it at the same time. It is the caller's:
/// dispose it when no request uses it any more. It does not keep the model that it was loaded for.
/// </remarks>
public abstract class ControlModel : IDisposable
{
    private readonly Lazy<string> _fingerprint;

    /// <param name="source">Where it was loaded from, as it was given.</param>
    /// <param name="path">The file or folder that it was read from.</param>
    private protected ControlModel(string source, string path)
    {
        Source = source;
        _fingerprint = new(() => ModelFingerprint.Of(path));
    }

    /// <summary>Where it was loaded from, as it was given.</summary>
    public string Source { get; }

    /// <summary>Loads what steers a model, on the model's device and in its number format.</summary>
    /// <param name="path">A folder with config.json (ControlNet, T2I-Adapter), a file of weights (ControlNet, IP-Adapter), or OWNER/NAME[@revision] of the hub.</param>
    /// <param name="model">The model that is to be steered.</param>
    /// <param name="options">How.</param>
    /// <exception cref="FileNotFoundException">There is nothing of that name.</exception>
    /// <exception cref="InvalidDataException">It is no such network, it is damaged, or it was made for another kind of model: the message says what does not fit.</exception>
    /// <exception cref="NotSupportedException">It is a file of a kind that is known and cannot be opened, which the message names.</exception>
    /// <exception cref="HubException">The hub does not give it.</exception>
    public static ControlModel Load(string path, ImageModel model, ControlModelOptions? options = null) => Load(path, model.Parts, model.Device, options ?? new());

    /// <summary>A picture for this network, with the kind's other settings left as they usually are.</summary>
    /// <param name="picture">A control picture, or the picture that is shown in the place of words.</param>
    /// <param name="scale">How much it counts; 1 is what it was trained with, 0 nothing.</param>
    public abstract ImageControl Show(RawImage picture, double scale = 1);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>What recipes say of a use of it.</summary>
    internal virtual ControlRecipe ToRecipe(TaskRecipe use) => new(Source, use) { Fingerprint = _fingerprint.Value };

    /// <inheritdoc cref="Load(string, ImageModel, ControlModelOptions)"/>
    internal static ControlModel Load(string path, ImageModelParts parts, torch.Device device, ControlModelOptions options)
    {
        UNet2DCondition unet = RunSteering.Require(parts.Network);
        string source = options.Source ?? path;
        if (File.Exists(path))
        {
            return SteeringFile.OpenControlNet(path) is { } net
                ? ControlNetModel.Load(source, path, net, parts, device, variant: null)
                : PictureAdapterModel.Load(path, unet, parts.Type, device, options);
        }
        ModelComponent component = ModelComponent.Open(Directory.Exists(path) ? path : Fetched(path));
        return component.ClassName switch
        {
            "ControlNetModel" => ControlNetModel.Load(source, component.Folder!, component, parts, device, options.Variant),
            "T2IAdapter" => T2IAdapterModel.Load(source, component, parts, device, options.Variant),
            { } other => throw new InvalidDataException($"{component.ConfigPath}: a {other} steers no model; ControlNetModel and T2IAdapter do."),
            null => throw new InvalidDataException($"{component.ConfigPath} names no class (_class_name): ControlNetModel or T2IAdapter is expected."),
        };
    }

    /// <summary>Loads a network on a device and in a number format.</summary>
    private protected static T Load<T>(torch.ScalarType type, torch.Device device, Func<T> load) where T : torch.nn.Module => LatentModel.Load(type, device, load);

    private static string Fetched(string name)
    {
        try
        {
            return HubModel.Resolve(name);
        }
        catch (FormatException e)
        {
            throw new FileNotFoundException($"There is no file or folder {name}, and it is no OWNER/NAME of the hub.", name, e);
        }
    }
}
