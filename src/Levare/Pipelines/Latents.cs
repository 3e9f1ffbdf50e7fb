using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>A state kept outside of torch: float32 values with their shape. Immutable and thread-safe.</summary>
public sealed class Latents
{
    private const string Key = "latents";
    private const int MostNamed = 5;
    private readonly ImmutableArray<float> _values;

    /// <summary>A copy of a tensor.</summary>
    public Latents(Tensor tensor)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = tensor.detach().to(ScalarType.Float32).cpu().contiguous();
        Shape = [.. plain.shape];
        _values = [.. plain.data<float>()];
    }

    /// <summary>The shape, [batch, channels, height, width].</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The SHA-256 of the values, hexadecimal: what a recipe says of given latents.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(_values.AsSpan())));

    /// <summary>A new tensor of the values, which is the caller's.</summary>
    public Tensor ToTensor(Device? device = null) => tensor(_values.ToArray(), Shape.ToArray(), ScalarType.Float32, device);

    /// <summary>Row <paramref name="index"/> of the batch, with a batch of 1.</summary>
    public Latents Row(int index)
    {
        using Tensor all = ToTensor();
        using Tensor row = all.narrow(0, index, 1);
        return new(row);
    }

    /// <summary>Reads a safetensors file that holds "latents", or one tensor of any name.</summary>
    /// <exception cref="InvalidDataException">It holds neither, or no [batch, channels, height, width].</exception>
    public static Latents Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string name = file.Entries.ContainsKey(Key) || file.Entries.Count != 1 ? Key : file.Entries.Keys.Single();
        if (!file.Entries.TryGetValue(name, out TensorEntry? entry))
            throw new InvalidDataException($"{path} holds no tensor 'latents', but: {string.Join(", ", file.Entries.Keys.Take(MostNamed))}{(file.Entries.Count > MostNamed ? $" and {file.Entries.Count - MostNamed} more" : "")}.");
        if (entry.Shape.Length != 4 || entry.Shape[0] < 1)
            throw new InvalidDataException($"{path}: '{name}' is [{string.Join(", ", entry.Shape)}] where [batch, channels, height, width] is expected.");
        using Tensor tensor = file.Load(name, ScalarType.Float32);
        return new(tensor);
    }

    /// <summary>Writes rows, one after the other in the batch dimension, to a safetensors file.</summary>
    public static void Save(string path, IEnumerable<Latents> rows)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(path, [new(Key, cat([.. rows.Select(row => row.ToTensor())], 0))]);
    }
}
