namespace Levare.Weights;

/// <summary>Opens a file of weights by what it is.</summary>
public static class WeightsFile
{
    /// <summary>Opens a safetensors file.</summary>
    public static IWeights Open(string path) => SafetensorsFile.Open(path);
}
