namespace Levare.Weights;

/// <summary>Opens a file of weights by what it is, whatever it is called.</summary>
public static class WeightsFile
{
    /// <summary>Opens a safetensors file, a file that torch.save wrote, a GGUF file, or the index (.index.json) of a model in several files.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is none of these, or broken; the message says where.</exception>
    public static IWeights Open(string path)
    {
        if (IsIndex(path)) return ShardedWeights.Open(path);
        using (FileStream stream = File.OpenRead(path))
        {
            Span<byte> start = stackalloc byte[4];
            int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            if (start[..read].SequenceEqual("GGUF"u8)) return GgufFile.Open(path);
            if (IsTorch(start[..read])) return TorchPickleFile.Open(path);
        }
        return SafetensorsFile.Open(path);
    }

    // NAME.safetensors.index.json, or NAME.safetensors.index.fp16.json.
    private static bool IsIndex(string path) => path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && Path.GetFileName(path).Contains(".index.", StringComparison.OrdinalIgnoreCase);

    // A zip archive, or a pickle of protocol 2; a safetensors header that began so would be longer than the format allows.
    private static bool IsTorch(ReadOnlySpan<byte> start) => start is [(byte)'P', (byte)'K', 3, 4] or [0x80, 2, 0x8a, 10];
}
