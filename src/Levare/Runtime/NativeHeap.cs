using System.Runtime.InteropServices;

namespace Levare.Runtime;

/// <summary>The C library's heap, in which torch keeps tensors.</summary>
internal static partial class NativeHeap
{
    /// <summary>Gives the system back what is free, where the C library can: glibc else keeps much of it for later.</summary>
    public static void Trim()
    {
        if (!OperatingSystem.IsLinux()) return;
        try
        {
            _ = MallocTrim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, which has no such call.
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int MallocTrim(nuint kept);
}
