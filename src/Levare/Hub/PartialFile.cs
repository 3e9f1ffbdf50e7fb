namespace Levare.Hub;

/// <summary>A content on its way into the cache: appended as it comes, checked on the way, kept when the way breaks off.</summary>
internal sealed class PartialFile : IContentReader, IAsyncDisposable
{
    private const int BufferBytes = 1 << 18;
    private readonly FileStream _file;
    private readonly string _name, _tag;
    private readonly long _size;
    private readonly PullMeter _meter;
    private ContentCheck _check;

    private PartialFile(FileStream file, string name, string tag, long size, PullMeter meter) =>
        (_file, _name, _tag, _size, _meter, _check) = (file, name, tag, size, meter, new(tag, size));

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <summary>Whether an earlier call left a beginning.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>Opens what an earlier call left, or begins.</summary>
    /// <param name="path">Where it is kept until it is whole.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="tag">What it will be kept under.</param>
    /// <param name="size">The bytes that were announced: no more are taken.</param>
    /// <param name="meter">Counts them.</param>
    /// <param name="cancellation">Ends the reading of the beginning.</param>
    public static async Task<PartialFile> OpenAsync(string path, string name, string tag, long size, PullMeter meter, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        FileStream file = new(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read, Options = FileOptions.Asynchronous, BufferSize = 0 });
        PartialFile partial = new(file, name, tag, size, meter);
        try
        {
            if (file.Length > size) file.SetLength(0);
            partial.IsResumed = file.Length > 0;
            await partial._check.AppendAsync(file, cancellation);
            file.Seek(0, SeekOrigin.End);
            meter.Have(file.Length);
            return partial;
        }
        catch
        {
            await partial.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Restart()
    {
        _meter.Have(-Length);
        _file.SetLength(0);
        _check.Dispose();
        _check = new(_tag, _size);
        IsResumed = false;
    }

    /// <inheritdoc/>
    public async Task ReadAsync(Func<Memory<byte>, CancellationToken, Task<int>> read, CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferBytes];
        for (int count; (count = await read(buffer, cancellation)) > 0;)
        {
            if (Length + count > _size) throw new HubException(HubError.Corrupt, $"{_name} goes on after the {_size} bytes that were announced.");
            await _file.WriteAsync(buffer.AsMemory(0, count), cancellation);
            _check.Append(buffer.AsSpan(0, count));
            _meter.Fetch(count);
        }
        if (Length < _size) throw new PassingFailureException($"broke off after {Length} of {_size} bytes");
    }

    /// <summary>What the content is, where that is not what its tag says; else null, and all of it is on the disk.</summary>
    public string? Mismatch()
    {
        _file.Flush(flushToDisk: true);
        return _check.Mismatch();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _check.Dispose();
        return _file.DisposeAsync();
    }
}
