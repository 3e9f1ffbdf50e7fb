using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks.Blocks;
using Levare.Networks.UNet;
using Levare.Runtime;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines.Formats;

/// <summary>Prompts for models of classes: a class's name (model_index.json's id2label) or its number.</summary>
internal sealed class ClassConditioner : IPromptConditioner
{
    private readonly ImmutableSortedDictionary<string, long> _labels;
    private readonly long _classes;
    private readonly long? _nothing;
    private readonly Device _device;

    private ClassConditioner(ImmutableSortedDictionary<string, long> labels, long classes, long? nothing, Device device)
    {
        (_labels, _classes, _nothing, _device) = (labels, classes, nothing, device);
    }

    /// <summary>The conditioner of a model with or without classes.</summary>
    public static IPromptConditioner Of(ModelFiles model, UNet2DConfig config, Device device)
    {
        if (config.ClassEmbedding is null) return new Unconditional();
        if (config.ClassEmbedding != ClassEmbeddingType.Learned)
            throw new NotSupportedException($"{model.Path}: prompts for a {config.ClassEmbedding} class embedding are not supported.");
        ImmutableSortedDictionary<string, long> labels = Labels(model.Index);
        int rows = config.NumClassEmbeds!.Value;
        // One row more than there are names: the row of no class at all, which drop-out trained.
        bool hasNothing = labels.Count > 0 && rows == labels.Values.Distinct().Count() + 1;
        return new ClassConditioner(labels, hasNothing ? rows - 1 : rows, hasNothing ? rows - 1 : null, device);
    }

    public Condition Encode(string prompt)
    {
        string wanted = prompt.Trim();
        if (wanted.Length == 0 && _nothing is { } nothing) return Of(nothing);
        if (long.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            return number < _classes ? Of(number) : throw new RequestException($"there is no class {number}: this model's classes are 0 to {_classes - 1}.");
        return _labels.TryGetValue(wanted, out long label) ? Of(label)
            : throw new UnknownNameException("class", wanted, _labels.IsEmpty ? [$"the numbers 0 to {_classes - 1}"] : [.. _labels.Keys]);
    }

    public Condition? EncodeNothing() => _nothing is { } label ? Of(label) : null;

    private Condition Of(long label) => Condition.None.With(ConditionNames.ClassLabels, tensor(new[] { label }, device: _device));

    // id2label maps numbers to one name or to several, apart by commas.
    private static ImmutableSortedDictionary<string, long> Labels(JsonElement index)
    {
        ImmutableSortedDictionary<string, long>.Builder labels = ImmutableSortedDictionary.CreateBuilder<string, long>(StringComparer.OrdinalIgnoreCase);
        if (!index.TryGetProperty("id2label", out JsonElement names) || names.ValueKind != JsonValueKind.Object) return labels.ToImmutable();
        foreach (JsonProperty entry in names.EnumerateObject())
            if (long.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out long label))
                foreach (string name in entry.Value.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    labels[name] = label;
        return labels.ToImmutable();
    }

    private sealed class Unconditional : IPromptConditioner
    {
        public Condition Encode(string prompt) => prompt.Trim().Length == 0 ? Condition.None
            : throw new RequestException($"this model makes pictures without being told of what: leave the prompt '{prompt.Trim()}' out.");

        public Condition? EncodeNothing() => null;
    }
}
