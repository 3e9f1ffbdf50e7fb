using System.Collections.Immutable;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Adapters;

/// <summary>A tensor of an adapter's file, read when it is needed. Immutable and thread-safe.</summary>
internal sealed record AdapterTensor(IWeights File, TensorEntry Entry)
{
    /// <summary>Its shape.</summary>
    public ImmutableArray<long> Shape => Entry.Shape;

    /// <summary>Its values in float32 on a device.</summary>
    public Tensor Load(Device device) => File.Load(Entry.Name, ScalarType.Float32).to(device);

    /// <summary>Its only value.</summary>
    /// <exception cref="InvalidDataException">It has more than one, or one that is not finite.</exception>
    public double Number()
    {
        if (TensorSizes.Elements(Shape) != 1) throw Broken("has more than one value");
        using Tensor tensor = File.Load(Entry.Name, ScalarType.Float64);
        double value = tensor.reshape(1)[0].item<double>();
        return double.IsFinite(value) ? value : throw Broken($"is {value}");
    }

    /// <summary>The same tensor, if it is a matrix, or what has sides of 1 behind one.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public AdapterTensor Matrix() => Shape.Length >= 2 && Shape.Skip(2).All(side => side == 1) ? this : throw Broken("is not a matrix");

    /// <summary>An error about this tensor.</summary>
    public InvalidDataException Broken(string what) => new($"{File.Path}: '{Entry.Name}' [{string.Join(", ", Shape)}] {what}.");

    /// <summary>The error that two tensors do not fit together.</summary>
    public InvalidDataException Unlike(AdapterTensor other) => Broken($"does not fit '{other.Entry.Name}' [{string.Join(", ", other.Shape)}]");
}
