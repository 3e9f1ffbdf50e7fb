using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Runtime;

/// <summary>Devices and number formats by name, refused in words where this machine has none.</summary>
public static class ComputeDevice
{
    /// <summary>The device of a name: cpu, cuda or cuda:1.</summary>
    /// <exception cref="UnknownNameException">It is no device's name.</exception>
    /// <exception cref="PlatformNotSupportedException">This machine, or its libtorch, does not have it.</exception>
    public static Device Parse(string name)
    {
        NativeTorch.Require();
        string[] parts = name.ToLowerInvariant().Split(':');
        int index = 0;
        bool known = parts is ["cpu"] or ["cuda"] || (parts is ["cuda", _] && int.TryParse(parts[1], NumberStyles.None, null, out index));
        if (!known) throw new UnknownNameException("device", name, ["cpu", "cuda", "cuda:1"]);
        if (parts[0] == "cpu") return CPU;
        if (!cuda.is_available())
            throw new PlatformNotSupportedException("the device 'cuda' is not available: this libtorch was built without CUDA, or no NVIDIA driver is loaded. "
                + "Set LEVARE_LIBTORCH to the lib folder of a CUDA libtorch 2.10, or use --device cpu.");
        if (index >= cuda.device_count())
            throw new PlatformNotSupportedException($"the device '{name}' is not available: there are {cuda.device_count()} CUDA devices, numbered from 0.");
        return device($"cuda:{index}");
    }

    /// <summary>The number format of a name: fp32, bf16 or fp16.</summary>
    /// <exception cref="UnknownNameException">It is no format's name.</exception>
    /// <exception cref="NotSupportedException">The device computes it too slowly to be of use.</exception>
    public static ScalarType ParseType(string name, Device device) => name.ToLowerInvariant() switch
    {
        "fp32" or "float32" or "f32" or "float" => ScalarType.Float32,
        "bf16" or "bfloat16" => ScalarType.BFloat16,
        "fp16" or "float16" or "f16" or "half" when device.type == DeviceType.CPU => throw new NotSupportedException(
            "fp16 arithmetic is hundreds of times slower than fp32 on a CPU: use --dtype bf16 or fp32 (fp16 weights are converted as they are read)."),
        "fp16" or "float16" or "f16" or "half" => ScalarType.Float16,
        _ => throw new UnknownNameException("number format", name, ["fp32", "bf16", "fp16"]),
    };

    /// <summary>The name of a number format, as <see cref="ParseType"/> reads it.</summary>
    public static string NameOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => "fp32",
        ScalarType.BFloat16 => "bf16",
        ScalarType.Float16 => "fp16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Networks compute in fp32, bf16 or fp16."),
    };
}
