using System.IO.MemoryMappedFiles;
using System.Text;
using System.Text.Json;
using Levare.Runtime;

namespace Levare.Data;

/// <summary>A cache of decoded pictures: a magic word, where the index starts, the pixels one after the other, the index as JSON.</summary>
/// <remarks>Written aside and moved. A file that is stale, cut off or not one of ours is as good as none.</remarks>
internal static class ImageSetFile
{
    private const int HeaderLength = 16;
    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("LEVARIMG");

    public static void Write(string path, string key, IEnumerable<DecodedRow> rows, Action<ImageSetIndex> check, IReadOnlyList<string>? classNames = null)
    {
        ImageSetIndexBuilder builder = new(key, classNames ?? []);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Magic);
            stream.Write(new byte[8]);
            foreach (DecodedRow row in rows)
            {
                builder.Add(row);
                if (row.Pixels is not null) stream.Write(row.Pixels);
            }
            ImageSetIndex index = builder.Build();
            check(index);
            long start = stream.Position;
            JsonSerializer.Serialize(stream, index);
            stream.Position = Magic.Length;
            stream.Write(BitConverter.GetBytes(start));
        });
    }

    public static ImageSet? TryOpen(string path, ImageShape shape, string key)
    {
        if (!File.Exists(path)) return null;
        ImageSetIndex? index = ReadIndex(path, shape);
        return index?.Key == key ? new(shape, new MappedPixels(path, HeaderLength, shape.Length, index.Names.Length), index) : null;
    }

    private static ImageSetIndex? ReadIndex(string path, ImageShape shape)
    {
        using FileStream stream = File.OpenRead(path);
        byte[] header = new byte[HeaderLength];
        if (stream.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || !header.AsSpan(0, 8).SequenceEqual(Magic)) return null;
        long start = BitConverter.ToInt64(header, 8);
        if (start < HeaderLength || start >= stream.Length) return null;
        stream.Position = start;
        try
        {
            ImageSetIndex? index = JsonSerializer.Deserialize<ImageSetIndex>(stream);
            bool whole = index is not null && !index.Names.IsDefault && !index.Labels.IsDefault && !index.Captions.IsDefault && !index.ClassNames.IsDefault && !index.Skipped.IsDefault
                && index.Labels.Length == index.Names.Length && index.Captions.Length == index.Names.Length
                && start == HeaderLength + (long)index.Names.Length * shape.Length;
            return whole ? index : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed unsafe class MappedPixels : IPixelStore
    {
        private readonly MemoryMappedFile _map;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _start;
        private readonly int _length, _count;

        public MappedPixels(string path, long offset, int length, int count)
        {
            (_length, _count) = (length, count);
            _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _start = start + offset;
        }

        public ReadOnlySpan<byte> this[int index]
        {
            get
            {
                ObjectDisposedException.ThrowIf(_view.SafeMemoryMappedViewHandle.IsClosed, typeof(ImageSet));
                return (uint)index < (uint)_count ? new(_start + (long)index * _length, _length) : throw new ArgumentOutOfRangeException(nameof(index));
            }
        }

        public void Dispose()
        {
            if (_view.SafeMemoryMappedViewHandle.IsClosed) return;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _map.Dispose();
        }
    }
}
