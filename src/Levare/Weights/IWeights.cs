using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>Named tensors in a file, or in several, that are read when asked for. Thread-safe for reading.</summary>
public interface IWeights : IDisposable
{
    /// <summary>Where they are from, for messages: a path.</summary>
    string Path { get; }

    /// <summary>The tensors by key.</summary>
    IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>A tensor's file and its key there, for messages.</summary>
    string Describe(string name) => $"{Path}: '{name}'";

    /// <summary>Reads one tensor, which is then the caller's.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="type">The element type wanted; as stored when null.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    Tensor Load(string name, ScalarType? type = null);

    /// <summary>One tensor for reading, which is then the caller's: the file's own memory where its element type and place allow, else a copy.</summary>
    /// <remarks>It outlives the weights. Writing to it changes neither the file nor, with certainty, another such tensor: treat it as read-only.</remarks>
    /// <param name="name">Its key.</param>
    /// <param name="type">The element type wanted; as stored when null.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    Tensor Map(string name, ScalarType? type = null) => Load(name, type);

    /// <summary>Reads one tensor into another of the same shape, whose element type and device it takes: one copy where they agree.</summary>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    void LoadInto(string name, Tensor target);
}
