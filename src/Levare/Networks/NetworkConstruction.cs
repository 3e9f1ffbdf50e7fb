using static TorchSharp.torch;

namespace Levare.Networks;

/// <summary>Where the layers of networks under construction get their weights: fresh values on the CPU, or none yet; and the element type that loading gives them.</summary>
/// <remarks>
/// Large networks are made without weights and then given those of a file: drawing a billion random numbers only to overwrite them takes longer than
/// reading the file. A choice holds for the current thread until its scope is disposed.
/// </remarks>
public static class NetworkConstruction
{
    [ThreadStatic]
    private static State _state;

    /// <summary>The device on which layers are to be made: the CPU, or the one that holds shapes alone.</summary>
    internal static Device Device => _state.WithoutWeights ? META : CPU;

    /// <summary>The element type that floating-point weights of networks made without any get when they are loaded; the layers' own where null.</summary>
    internal static ScalarType? WeightType => _state.Type;

    /// <summary>Layers made in this thread until the scope is disposed have shapes and types, but no memory for weights: they must be given some before use.</summary>
    public static IDisposable WithoutWeights() => new Scope(_state with { WithoutWeights = true });

    /// <summary>Networks loaded in this thread until the scope is disposed hold their weights in an element type, whatever the file holds.</summary>
    /// <param name="type">float32 or bfloat16; float16 is for devices that compute in it, for CPUs hardly do.</param>
    /// <exception cref="ArgumentException">Networks do not compute in it.</exception>
    public static IDisposable WithWeightsIn(ScalarType type) => type is ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Float64
        ? new Scope(_state with { Type = type })
        : throw new ArgumentException($"The weights of networks are floating-point numbers, not {type}.", nameof(type));

    private readonly record struct State(bool WithoutWeights, ScalarType? Type);

    private sealed class Scope : IDisposable
    {
        private readonly State _before = _state;

        public Scope(State state) => _state = state;

        public void Dispose() => _state = _before;
    }
}
