using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Networks;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>Text to image by a <see cref="WordUNet"/>: the model in the box.</summary>
internal sealed class WordUNetFormat : IImageModelFormat
{
    /// <summary>The class in model_index.json.</summary>
    public const string ClassName = "WordUNetPipeline";

    public ImmutableArray<string> ClassNames { get; } = [ClassName];

    public ImageModelParts Open(ModelFiles model, ModelLoading loading)
    {
        if (loading.Variant is { } variant) throw new FileNotFoundException($"{model.Path} has no weights in the variant '{variant}': models of {ClassName} have plain ones only.");
        (WordUNet network, WordTokenizer tokenizer) = WordUNetFolder.Load(model.Path);
        ImageDefaults defaults = ImageDefaults.Read(model.Path, new());
        Device device = loading.Device;
        ScalarType compute = loading.Type ?? defaults.TypeOn(device);
        network.to(device);
        network.to(compute);
        return new()
        {
            Network = network,
            Type = compute,
            Scheduler = ModelScheduler.Read(model),
            Space = new PixelSpace(WordUNet.Colours),
            Conditioner = new PromptByPrompt(new WordConditioner(network, tokenizer, device)),
            Defaults = defaults,
            InputChannels = WordUNet.Colours,
            Size = new(WordUNet.Side, WordUNet.Side),
        };
    }

    private sealed class WordConditioner(WordUNet network, WordTokenizer tokenizer, Device device) : IPromptConditioner
    {
        public Condition Encode(string prompt) =>
            network.Prepare(Condition.None.With(WordUNet.WordsName, tensor(tokenizer.Encode(prompt), [1, tokenizer.Length], device: device)));

        public Condition? EncodeNothing() => Encode("");

        public IReadOnlyList<string> Unknown(string prompt) => tokenizer.Unknown(prompt);
    }
}
