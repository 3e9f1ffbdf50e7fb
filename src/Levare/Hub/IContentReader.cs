namespace Levare.Hub;

/// <summary>Takes up a file's content, in one go or in several.</summary>
internal interface IContentReader
{
    /// <summary>The bytes that are there.</summary>
    long Length { get; }

    /// <summary>Forgets them.</summary>
    void Restart();

    /// <summary>Reads on to the end.</summary>
    /// <exception cref="PassingFailureException">It was cut off.</exception>
    Task ReadAsync(Func<Memory<byte>, CancellationToken, Task<int>> read, CancellationToken cancellation);
}
