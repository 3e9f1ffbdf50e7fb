namespace Levare.Hub;

/// <summary>What is read of files that the cache has already.</summary>
public enum CacheCheck
{
    /// <summary>Their sizes.</summary>
    Size,

    /// <summary>All of them: their hashes are compared with those that the hub names.</summary>
    Content,
}
