using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Levare.Runtime;

/// <summary>What TorchSharp's binding holds back: the address of a tensor's data.</summary>
internal static partial class NativeTensor
{
    [DllImport("LibTorchSharp")]
    private static extern nint THSTensor_data(nint handle);

    /// <summary>The address of the first element of a CPU tensor; good while the tensor lives.</summary>
    public static nint DataPointer(Tensor tensor) => THSTensor_data(tensor.Handle);

    /// <summary>The elements of a contiguous float32 tensor on the CPU, in place; good while the tensor lives.</summary>
    public static unsafe Span<float> Floats(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.is_contiguous() && tensor.device_type == TorchSharp.DeviceType.CPU
            ? new((void*)DataPointer(tensor), checked((int)tensor.NumberOfElements))
            : throw new ArgumentException("Only a contiguous float32 tensor on the CPU can be written in place.", nameof(tensor));
}
