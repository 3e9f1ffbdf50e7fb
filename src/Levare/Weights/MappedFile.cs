using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Weights;

/// <summary>A file in the address space. Every read checks its range and that the file is still open, so that a mistake is an exception and no crash.</summary>
/// <remarks>What no check can see is another process that shortens the file meanwhile; writers that move a new file into place do no harm.</remarks>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly FileMapping? _mapping;
    private int _disposed;

    public MappedFile(string path)
    {
        Path = path;
        Length = FileSize.Of(path);
        if (Length == 0) return; // An empty file cannot be mapped, and there is nothing to read.
        _mapping = new(path);
        Length = Math.Min(Length, _mapping.Capacity);
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>Opens a file for a reader, which owns it then; it is closed again where the reader throws.</summary>
    public static TReader Open<TReader>(string path, Func<MappedFile, TReader> read)
    {
        MappedFile file = new(path);
        try
        {
            return read(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

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

    /// <summary>A contiguous tensor on the CPU: the file's own memory where the element type is the stored one, else a copy. It may outlive this.</summary>
    public Tensor Map(TensorEntry entry, ScalarType type)
    {
        int size = SafetensorsTypes.Size(type);
        if (type != entry.Type || entry.Length == 0 || _mapping is null || !_mapping.IsAligned(entry.Offset, size)) return Load(entry, type);
        if (entry.Length != TensorSizes.Bytes(entry.Shape, size)) throw new ArgumentException($"{Path}: tensor '{entry.Name}' is not contiguous.", nameof(entry));
        FileMapping mapping = Hold(entry.Offset, entry.Length);
        try
        {
            return mapping.Lend(entry.Offset, entry.Shape.AsSpan(), type);
        }
        finally
        {
            mapping.Release();
        }
    }

    /// <summary>Reads a contiguous tensor into another of any element type and device.</summary>
    public void LoadInto(TensorEntry entry, Tensor target)
    {
        entry.ThrowIfUnlike(target, Path);
        if (entry.Length == 0) return;
        if (target.dtype == entry.Type && target.device.type == DeviceType.CPU && target.is_contiguous())
            Copy(entry.Offset, entry.Length, (void*)NativeTensor.DataPointer(target));
        else
            Convert(entry, target);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _mapping?.Release();
    }

    // From the file's own memory, so that a large tensor is never in memory twice.
    private void Convert(TensorEntry entry, Tensor target)
    {
        using var noGradient = no_grad();
        using Tensor source = Map(entry, entry.Type);
        target.copy_(source);
        // What has been converted is in memory once already.
        FileMapping.Leave(source);
    }

    private void Copy(long offset, long count, void* target)
    {
        if (count == 0) return;
        FileMapping mapping = Hold(offset, count);
        try
        {
            mapping.Copy(offset, count, target);
            // What has been copied is in memory once already.
            mapping.Leave(offset, count);
        }
        finally
        {
            mapping.Release();
        }
    }

    private FileMapping Hold(long offset, long count)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        if (offset < 0 || count < 0 || offset > Length - count || _mapping is null)
            throw new InvalidDataException($"{Path} ends at byte {Length}, before bytes {offset}..{offset + count}.");
        _mapping.Hold();
        return _mapping;
    }
}
