using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Runtime;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>Writes .safetensors files, tensor after tensor, beside the target and then moved over it.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes tensors (of any device, contiguous or not) in the order of their names.</summary>
    /// <param name="path">The file; one that exists is replaced when all is written.</param>
    /// <param name="tensors">The tensors by key; they stay the caller's.</param>
    /// <param name="metadata">Free text for the header.</param>
    /// <exception cref="ArgumentException">A key is there twice or is the format's own (__metadata__), or the keys are too long for a header.</exception>
    /// <exception cref="NotSupportedException">The format has no such element type.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WritePending(path, tensors.Select(pair => PendingTensor.Of(pair.Key, pair.Value)), metadata);

    /// <summary>Writes tensors that are made one after the other, in the order of their names.</summary>
    /// <inheritdoc cref="Write(string, IEnumerable{KeyValuePair{string, Tensor}}, IReadOnlyDictionary{string, string}?)"/>
    internal static void WritePending(string path, IEnumerable<PendingTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        PendingTensor[] ordered = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        for (int i = 0; i < ordered.Length; i++)
            if (ordered[i].Name == SafetensorsFile.MetadataKey || (i > 0 && ordered[i].Name == ordered[i - 1].Name))
                throw new ArgumentException($"The key '{ordered[i].Name}' is there twice, or is the format's own.", nameof(tensors));
        byte[] header = Header(ordered, metadata);
        if (header.Length > SafetensorsFile.LargestHeader)
            throw new ArgumentException($"The keys of {ordered.Length} tensors need a header of {header.Length} bytes; the format allows {SafetensorsFile.LargestHeader}.", nameof(tensors));
        AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes((ulong)header.Length));
            stream.Write(header);
            foreach (PendingTensor tensor in ordered) WriteBytes(stream, tensor);
        });
    }

    private static byte[] Header(PendingTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        JsonObject root = [];
        if (metadata is { Count: > 0 })
            root[SafetensorsFile.MetadataKey] = new JsonObject(metadata.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        long offset = 0;
        foreach (PendingTensor tensor in tensors)
        {
            long end = checked(offset + tensor.Bytes);
            root[tensor.Name] = new JsonObject
            {
                ["dtype"] = SafetensorsTypes.Name(tensor.Type),
                ["shape"] = new JsonArray([.. tensor.Shape.Select(n => (JsonNode)n)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(root);
        // The format wants the data aligned to 8 bytes; blanks after the JSON do that.
        return [.. json, .. Enumerable.Repeat((byte)' ', (8 - json.Length % 8) % 8)];
    }

    private static unsafe void WriteBytes(Stream stream, PendingTensor pending)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor tensor = pending.Make();
        if (!tensor.shape.AsSpan().SequenceEqual(pending.Shape.AsSpan()))
            throw new InvalidOperationException($"'{pending.Name}' was made as [{string.Join(", ", tensor.shape)}], where [{string.Join(", ", pending.Shape)}] was announced.");
        Tensor plain = tensor.detach().cpu().to(pending.Type).contiguous();
        long left = plain.NumberOfElements * SafetensorsTypes.Size(plain.dtype);
        byte* next = (byte*)NativeTensor.DataPointer(plain);
        for (; left > 0; left -= Math.Min(left, 1 << 30))
        {
            int chunk = (int)Math.Min(left, 1 << 30);
            stream.Write(new ReadOnlySpan<byte>(next, chunk));
            next += chunk;
        }
    }
}
