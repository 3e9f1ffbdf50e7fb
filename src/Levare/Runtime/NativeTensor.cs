using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Levare.Runtime;

/// <summary>What TorchSharp's binding holds back: the address of a tensor's data.</summary>
internal static partial class NativeTensor
{
    [DllImport("LibTorchSharp")]
    private static extern nint THSTensor_data(nint handle);

    [DllImport("LibTorchSharp")]
    private static extern unsafe nint THSTensor_new(
        nint data, delegate* unmanaged[Cdecl]<nint, void> release, nint shape, int dimensions, sbyte stored, sbyte type, int device, int deviceIndex, byte requiresGrad);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "handle")]
    private static extern ref nint Handle(Tensor tensor);

    /// <summary>The address of the first element of a CPU tensor; good while the tensor lives.</summary>
    public static nint DataPointer(Tensor tensor) => THSTensor_data(tensor.Handle);

    /// <summary>A contiguous tensor on the CPU over memory that somebody else holds.</summary>
    /// <param name="data">Its first element, aligned for the type.</param>
    /// <param name="shape">Its shape, without a side of 0.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="release">Called with <paramref name="data"/>, on any thread, when no tensor uses the memory any more. Not called when this method throws.</param>
    public static unsafe Tensor FromMemory(nint data, ReadOnlySpan<long> shape, ScalarType type, delegate* unmanaged[Cdecl]<nint, void> release)
    {
        nint handle;
        fixed (long* sides = shape)
            handle = THSTensor_new(data, release, (nint)sides, shape.Length, (sbyte)type, (sbyte)type, 0, -1, 0);
        if (handle == 0) CheckForErrors();
        return Tensor.UnsafeCreateTensor(handle);
    }

    /// <summary>Lets two tensors change places: each object, with all who refer to it, then stands for what the other stood for.</summary>
    /// <remarks>So a module's parameter gets other data, type and device, wherever the module keeps it. Neither may be in use meanwhile.</remarks>
    public static void Exchange(Tensor one, Tensor other) => (Handle(one), Handle(other)) = (other.Handle, one.Handle);

    /// <summary>The elements of a contiguous float32 tensor on the CPU, in place; good while the tensor lives.</summary>
    public static unsafe Span<float> Floats(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.is_contiguous() && tensor.device_type == TorchSharp.DeviceType.CPU
            ? new((void*)DataPointer(tensor), checked((int)tensor.NumberOfElements))
            : throw new ArgumentException("Only a contiguous float32 tensor on the CPU can be written in place.", nameof(tensor));
}
