using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Levare.Runtime;

/// <summary>Loads libtorch into the process, on systems too where TorchSharp's own loading fails.</summary>
/// <remarks>
/// <para>TorchSharp's bridge library names the symbol version GLIBCXX_3.4.32, which Debian 12 and Ubuntu 22.04 lack, though it never
/// calls the one symbol under it. There, a copy with that requirement marked weak is written to a cache folder and loaded first.</para>
/// <para>The environment variable LEVARE_LIBTORCH names a folder with another libtorch (for CUDA or ROCm, say), which is then used
/// instead of the packaged one. Thread-safe: the work is done once a process.</para>
/// </remarks>
public static class NativeTorch
{
    private const string Variable = "LEVARE_LIBTORCH";
    private static readonly Lazy<string?> Failure = new(Load, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Loads the native libraries, if that was not done yet.</summary>
    /// <exception cref="PlatformNotSupportedException">They cannot be loaded: the message says which, why and what to do.</exception>
    public static void Require()
    {
        if (Failure.Value is { } failure) throw new PlatformNotSupportedException(failure);
    }

    // Before the first use of torch by whoever uses Levare; a failure waits for Require, so that it can be told in full.
#pragma warning disable CA2255 // A library may not assume that its user calls anything first.
    [ModuleInitializer]
    internal static void OnLoad() => _ = Failure.Value;
#pragma warning restore CA2255

    private static string? Load()
    {
        // On Windows and macOS TorchSharp's own loading works.
        if (!OperatingSystem.IsLinux()) return null;
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return $"Levare needs libtorch, and there is no libtorch package for {RuntimeInformation.RuntimeIdentifier}: "
                + $"supported are linux-x64, win-x64 and osx-arm64, or a libtorch of your own in the folder that {Variable} names.";
        string[] folders = [.. SearchFolders()];
        string? bridge = Find(folders, "libLibTorchSharp.so");
        if (bridge is null)
            return $"libLibTorchSharp.so was not found in {string.Join(", ", folders)}: reference the package TorchSharp (or TorchSharp-cpu).";
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } own) folders = [own];
        foreach (string name in new[] { "libc10.so", "libc10_cuda.so", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch.so" })
        {
            string? path = Find(folders, name);
            bool optional = name.Contains("cuda", StringComparison.Ordinal);
            if (path is null && optional) continue;
            if (path is null)
                return $"{name} was not found in {string.Join(", ", folders)}: reference the package libtorch-cpu-linux-x64, "
                    + $"or set {Variable} to the lib folder of a libtorch.";
            if (!TryLoad(path, out string? why) && !optional) return $"{path} cannot be loaded: {why}";
        }
        return TryLoad(bridge, out _) || TryLoad(PatchedCopy(bridge), out string? reason) ? null : $"{bridge} cannot be loaded: {reason}";
    }

    private static IEnumerable<string> SearchFolders()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } own) yield return own;
        yield return AppContext.BaseDirectory;
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string list)
            foreach (string folder in list.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)) yield return folder;
        if (Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location) is { Length: > 0 } here) yield return here;
    }

    private static string? Find(IEnumerable<string> folders, string name) =>
        folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static bool TryLoad(string path, out string? why)
    {
        try
        {
            NativeLibrary.Load(path);
            why = null;
            return true;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            why = e.Message;
            return false;
        }
    }

    private static string PatchedCopy(string bridge)
    {
        string real = File.ResolveLinkTarget(bridge, returnFinalTarget: true)?.FullName ?? bridge;
        byte[] image = File.ReadAllBytes(real);
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(image))[..16];
        string folder = Path.Combine(CacheFolder(), "natives", hash);
        string copy = Path.Combine(folder, "libLibTorchSharp.so");
        if (File.Exists(copy)) return copy;
        ElfVersions.MarkWeak(image, "GLIBCXX_3.4.32");
        Directory.CreateDirectory(folder);
        string aside = Path.Combine(folder, $".{Environment.ProcessId}.{Guid.NewGuid():N}");
        File.WriteAllBytes(aside, image);
        File.Move(aside, copy, overwrite: true);
        return copy;
    }

    private static string CacheFolder()
    {
        string? cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache))
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            cache = home.Length > 0 ? Path.Combine(home, ".cache") : Path.GetTempPath();
        }
        return Path.Combine(cache, "levare");
    }
}
