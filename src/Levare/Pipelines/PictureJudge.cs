using Levare.Data;
using Levare.Safety;

namespace Levare.Pipelines;

/// <summary>A safety checker, and what becomes of pictures that it condemns. Thread-safe.</summary>
/// <param name="checker">The checker, which is disposed with this.</param>
/// <param name="use">What is done.</param>
internal sealed class PictureJudge(SafetyChecker checker, SafetyCheck use) : IDisposable
{
    /// <summary>A picture as it may be shown, and what the checker says of it.</summary>
    public (RawImage Picture, SafetyVerdict? Verdict) Judge(RawImage picture)
    {
        SafetyVerdict verdict = checker.Check(picture);
        bool isHidden = verdict.IsFlagged && use == SafetyCheck.Blacken;
        return (isHidden ? new(picture.Width, picture.Height, picture.Channels, new byte[picture.Bytes.Length]) : picture, verdict);
    }

    /// <inheritdoc/>
    public void Dispose() => checker.Dispose();
}
