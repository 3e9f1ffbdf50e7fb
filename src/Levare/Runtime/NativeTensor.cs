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
}
