namespace Levare.Hub;

/// <summary>Why a model could not be had from the hub.</summary>
public enum HubError
{
    /// <summary>There is no such model, revision or file.</summary>
    NotFound,

    /// <summary>The hub wants a token, another token, or terms to be accepted.</summary>
    AccessDenied,

    /// <summary>Downloads are switched off (HF_HUB_OFFLINE), and the cache has not what is needed.</summary>
    Offline,

    /// <summary>The hub did not answer, or not with what it should, however often it was asked.</summary>
    Unreachable,

    /// <summary>What arrived is not what was announced.</summary>
    Corrupt,

    /// <summary>The hub names something that is not safe to write.</summary>
    Unsafe,

    /// <summary>The disk has no room.</summary>
    DiskFull,

    /// <summary>The repository has several models and nothing says which is meant, or none.</summary>
    NothingChosen,
}
