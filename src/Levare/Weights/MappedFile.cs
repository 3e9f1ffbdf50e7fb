using System.IO.MemoryMappedFiles;
using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A file in the address space. Every read checks its range and that the file is still open, so that a mistake is an exception and no crash.</summary>
/// <remarks>What no check can see is another process that shortens the file meanwhile; writers that move a new file into place do no harm.</remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    // Conversions go through a buffer of this many elements, so that a large tensor is never in memory twice.
    private const long ConversionBlock = 16 << 20;
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;

    public MappedFile(string path)
    {
        Path = path;
        Length = new FileInfo(path).Length;
        if (Length == 0) return; // An empty file cannot be mapped, and there is nothing to read.
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        Length = Math.Min(Length, _view.Capacity);
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Copies a range of the file.</summary>
    public byte[] Read(long offset, int count)
    {
        byte[] bytes = new byte[count];
        fixed (byte* target = bytes) Copy(offset, count, target);
        return bytes;
    }

    /// <summary>Reads a contiguous tensor, which is then the caller's.</summary>
    public Tensor Load(TensorEntry entry, ScalarType type)
    {
        Tensor tensor = empty(entry.Shape.AsSpan(), dtype: type);
        try
        {
            LoadInto(entry, tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Reads a contiguous tensor into another of any element type and device.</summary>
    public void LoadInto(TensorEntry entry, Tensor target)
    {
        if (!target.shape.AsSpan().SequenceEqual(entry.Shape.AsSpan()))
            throw new ArgumentException($"{Path}: tensor '{entry.Name}' has shape [{string.Join(", ", entry.Shape)}], its target [{string.Join(", ", target.shape)}].", nameof(target));
        if (entry.Length == 0) return;
        if (target.dtype == entry.Type && target.device.type == DeviceType.CPU && target.is_contiguous())
            Copy(entry.Offset, entry.Length, (void*)NativeTensor.DataPointer(target));
        else
            Convert(entry, target);
    }

    public void Dispose()
    {
        _view?.Dispose();
        _map?.Dispose();
    }

    private void Convert(TensorEntry entry, Tensor target)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        long elements = target.NumberOfElements, size = entry.Length / elements;
        if (!target.is_contiguous())
        {
            target.copy_(Load(entry, entry.Type));
            return;
        }
        Tensor flat = target.detach().view(-1);
        for (long done = 0; done < elements; done += ConversionBlock)
        {
            long count = Math.Min(ConversionBlock, elements - done);
            using Tensor block = empty(count, dtype: entry.Type);
            Copy(entry.Offset + done * size, count * size, (void*)NativeTensor.DataPointer(block));
            using Tensor place = flat.narrow(0, done, count);
            place.copy_(block);
        }
    }

    private void Copy(long offset, long count, void* target)
    {
        if (count == 0) return;
        if (offset < 0 || count < 0 || offset > Length - count || _view is null)
            throw new InvalidDataException($"{Path} ends at byte {Length}, before bytes {offset}..{offset + count}.");
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            Buffer.MemoryCopy(start + _view.PointerOffset + offset, target, count, count);
        }
        finally
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }
}
