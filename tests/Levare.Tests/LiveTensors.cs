using TorchSharp;

namespace Levare.Tests;

/// <summary>How many tensors this thread made and did not dispose: what other tests do at the same time does not change it.</summary>
internal static class LiveTensors
{
    public static long Count => DisposeScopeManager.Statistics.ThreadTotalLiveCount;
}
