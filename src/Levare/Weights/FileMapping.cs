using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Levare.Runtime;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A file's bytes in the address space, shared by its reader and by tensors that lie in it; they go when the last of these has let go.</summary>
/// <remarks>The pages are the process's own once they are written to: a stray write into a tensor reaches neither the file nor another process.</remarks>
internal sealed unsafe partial class FileMapping
{
    // Torch's callback gets the address of a tensor's data and nothing else.
    private static readonly Dictionary<nint, (FileMapping Mapping, int Tensors)> Lent = [];
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private int _holders = 1;

    public FileMapping(string path)
    {
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.CopyOnWrite);
        try
        {
            _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
        }
        catch
        {
            _map.Dispose();
            throw;
        }
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>How many bytes are mapped; the last page is mapped whole.</summary>
    public long Capacity => _view.Capacity;

    /// <summary>Takes part in holding the mapping.</summary>
    /// <exception cref="ObjectDisposedException">The last holder has let go.</exception>
    public void Hold()
    {
        for (int holders = Volatile.Read(ref _holders); holders > 0;)
        {
            int seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders) return;
            holders = seen;
        }
        throw new ObjectDisposedException(nameof(FileMapping));
    }

    /// <summary>Lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    /// <summary>Copies bytes out; the caller has checked the range and holds the mapping.</summary>
    public void Copy(long offset, long count, void* target) => Buffer.MemoryCopy(_start + offset, target, count, count);

    /// <summary>Whether elements of a size may be read in place from an offset.</summary>
    public bool IsAligned(long offset, int elementSize) => (nuint)(_start + offset) % (nuint)elementSize == 0;

    /// <summary>A tensor whose elements are the file's bytes, which stay mapped while it lives; the caller has checked that they are inside and holds the mapping.</summary>
    public Tensor Lend(long offset, ReadOnlySpan<long> shape, ScalarType type)
    {
        nint data = (nint)(_start + offset);
        Hold();
        lock (Lent)
        {
            ref (FileMapping Mapping, int Tensors) entry = ref CollectionsMarshal.GetValueRefOrAddDefault(Lent, data, out _);
            entry = (this, entry.Tensors + 1);
        }
        try
        {
            return NativeTensor.FromMemory(data, shape, type, &GiveBack);
        }
        catch
        {
            Return(data);
            throw;
        }
    }

    /// <summary>Lets the system take a tensor's memory away until it is touched again, where it is a file's; false where it is not. Readers at the same time do no harm.</summary>
    public static bool Leave(Tensor tensor)
    {
        if (tensor.device_type != TorchSharp.DeviceType.CPU || tensor.NumberOfElements == 0) return false;
        nint data = NativeTensor.DataPointer(tensor);
        FileMapping mapping;
        lock (Lent)
        {
            if (!Lent.TryGetValue(data, out (FileMapping Mapping, int Tensors) entry)) return false;
            mapping = entry.Mapping;
        }
        // The tensor is alive, and holds the mapping.
        mapping.Leave(data - (nint)mapping._start, tensor.NumberOfElements * tensor.element_size());
        return true;
    }

    /// <summary>Lets the system take a range's pages away until they are touched again; the caller holds the mapping.</summary>
    /// <remarks>
    /// Pages that were written to become the file's again. A touch can bring in a whole large page, with the ends of neighbouring ranges, so that those go too. Where the
    /// system has no such call, nothing happens: clean pages of a file go first where memory is short.
    /// </remarks>
    public void Leave(long offset, long count)
    {
        if (!OperatingSystem.IsLinux()) return;
        nint start = (nint)_start, first = (start + (nint)offset) / LargePage * LargePage, end = (start + (nint)(offset + count) + LargePage - 1) / LargePage * LargePage;
        first = Math.Max(first, start);
        end = Math.Min(end, start + (nint)Capacity);
        _ = Advise((nuint)first, (nuint)(end - first), DontNeed);
    }

    private const int LargePage = 2 << 20;
    private const int DontNeed = 4;

    // A refused advice costs memory and nothing else.
    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint address, nuint length, int advice);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void GiveBack(nint data) => Return(data);

    private static void Return(nint data)
    {
        FileMapping mapping;
        lock (Lent)
        {
            (mapping, int tensors) = Lent[data];
            if (tensors == 1) Lent.Remove(data);
            else Lent[data] = (mapping, tensors - 1);
        }
        mapping.Release();
    }
}
