namespace Levare.Weights;

/// <summary>Opens a file of weights by what it is, whatever it is called.</summary>
public static class WeightsFile
{
    /// <summary>Opens a safetensors file, a file that torch.save wrote, or the index (.index.json) of a model in several files.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is none of these, or broken; the message says where.</exception>
    public static IWeights Open(string path)
    {
        if (path.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase)) return ShardedWeights.Open(path);
        return IsTorch(path) ? TorchPickleFile.Open(path) : SafetensorsFile.Open(path);
    }

    // A zip archive, or a pickle of protocol 2; a safetensors header that began so would be longer than the format allows.
    private static bool IsTorch(string path)
    {
        using FileStream stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[4];
        int read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start[..read] is [(byte)'P', (byte)'K', 3, 4] or [0x80, 2, 0x8a, 10];
    }
}
