namespace Levare.Hub;

/// <summary>How far a download is.</summary>
/// <param name="Files">Files that are there.</param>
/// <param name="AllFiles">Files that are wanted.</param>
/// <param name="Bytes">Bytes that are there.</param>
/// <param name="AllBytes">Bytes of all files that are wanted.</param>
/// <param name="Fetched">Bytes that came over the network in this call.</param>
/// <param name="Elapsed">The time since the first file was begun.</param>
public readonly record struct PullProgress(int Files, int AllFiles, long Bytes, long AllBytes, long Fetched, TimeSpan Elapsed)
{
    /// <summary>Bytes a second over the network, so far.</summary>
    public double Rate => Elapsed > TimeSpan.Zero ? Fetched / Elapsed.TotalSeconds : 0;

    /// <summary>The time that the rest takes at this rate; null where nothing has come yet.</summary>
    public TimeSpan? Remaining => Rate > 0 && (AllBytes - Bytes) / Rate is < 1e7 and var seconds ? TimeSpan.FromSeconds(seconds) : null;
}
