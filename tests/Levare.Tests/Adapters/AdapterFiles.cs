using Levare.Adapters;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Tests.Adapters;

/// <summary>Small adapters, and small models for them.</summary>
internal static class AdapterFiles
{
    /// <summary>The weights of an attention, as a text encoder and a U-Net with 8 channels and texts 6 wide have them.</summary>
    public static AdapterTargets Targets { get; } = AdapterTargets.None
        .With("unet", Shapes(
            ("conv_in.weight", [8, 4, 3, 3]), ("conv_in.bias", [8]),
            ("down_blocks.0.resnets.0.conv1.weight", [8, 8, 3, 3]), ("down_blocks.0.resnets.0.norm1.weight", [8]), ("down_blocks.0.resnets.0.norm1.bias", [8]),
            ("down_blocks.0.attentions.0.proj_in.weight", [8, 8, 1, 1]),
            ("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_q.weight", [8, 8]),
            ("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", [8, 6]),
            ("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0.weight", [8, 8]),
            ("down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0.bias", [8])))
        .With("text_encoder", Shapes(("text_model.encoder.layers.0.self_attn.q_proj.weight", [6, 6]), ("text_model.encoder.layers.0.self_attn.out_proj.weight", [6, 6])));

    /// <summary>Random numbers, the same for the same seed.</summary>
    public static Tensor Random(long seed, params long[] shape)
    {
        using Generator generator = new((ulong)seed);
        return randn(shape, generator: generator);
    }

    /// <summary>Opens an adapter of these tensors.</summary>
    public static AdapterFile Open(TemporaryFolder folder, IEnumerable<(string Key, Tensor Value)> tensors, IReadOnlyDictionary<string, string>? metadata = null, string name = "adapter.safetensors")
    {
        SafetensorsWriter.Write(folder.File(name), tensors.Select(tensor => KeyValuePair.Create(tensor.Key, tensor.Value)), metadata);
        return AdapterFile.Open(folder.File(name));
    }

    /// <summary>The change of a weight by an adapter.</summary>
    public static Tensor Delta(AdapterFile file, string part, string key, Tensor? weight = null)
    {
        WeightChange change = file.Match(Targets).Changes.Single(change => change.Part == part && change.Key == key);
        using Tensor zero = zeros([.. change.Module.Shape]);
        return change.Delta(weight ?? zero);
    }

    /// <summary>The largest difference of two tensors.</summary>
    public static double Difference(Tensor one, Tensor other)
    {
        Xunit.Assert.Equal(one.shape, other.shape);
        using var scope = NewDisposeScope();
        return (one - other).abs().max().to(ScalarType.Float64).item<double>();
    }

    private static IEnumerable<KeyValuePair<string, System.Collections.Immutable.ImmutableArray<long>>> Shapes(params (string Key, long[] Shape)[] shapes) =>
        shapes.Select(shape => KeyValuePair.Create(shape.Key, System.Collections.Immutable.ImmutableArray.Create(shape.Shape)));
}
