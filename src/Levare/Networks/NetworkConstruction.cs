using static TorchSharp.torch;

namespace Levare.Networks;

/// <summary>Where the layers of networks under construction get their weights: fresh values on the CPU, or none yet.</summary>
/// <remarks>
/// Large networks are made without weights and then given those of a file: drawing a billion random numbers only to overwrite them takes longer than
/// reading the file. The choice holds for the current thread until its scope is disposed.
/// </remarks>
public static class NetworkConstruction
{
    [ThreadStatic]
    private static bool _withoutWeights;

    /// <summary>The device on which layers are to be made: the CPU, or the one that holds shapes alone.</summary>
    internal static Device Device => _withoutWeights ? META : CPU;

    /// <summary>Layers made in this thread until the scope is disposed have shapes and types, but no memory for weights: they must be given some before use.</summary>
    public static IDisposable WithoutWeights()
    {
        Scope scope = new(_withoutWeights);
        _withoutWeights = true;
        return scope;
    }

    private sealed class Scope(bool before) : IDisposable
    {
        public void Dispose() => _withoutWeights = before;
    }
}
