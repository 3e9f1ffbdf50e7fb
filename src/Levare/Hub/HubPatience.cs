namespace Levare.Hub;

/// <summary>Repeats requests that failed in a way that may pass, each time after a longer wait.</summary>
internal sealed class HubPatience(HubSettings settings)
{
    private const long Progress = 1 << 20;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(0.5), LongestWait = TimeSpan.FromSeconds(30), LongestAsked = TimeSpan.FromMinutes(5);

    /// <summary>Runs an attempt until it succeeds, fails for good, or has failed too often.</summary>
    /// <param name="what">What is asked for, for the message.</param>
    /// <param name="attempt">Throws <see cref="PassingFailureException"/> where it may be repeated.</param>
    /// <param name="done">The bytes that attempts have brought so far: those that bring much count as first ones.</param>
    /// <param name="cancellation">Ends the waiting too.</param>
    /// <exception cref="HubException">It failed too often, or the server wants to be left alone for too long.</exception>
    public async Task<T> RunAsync<T>(string what, Func<Task<T>> attempt, Func<long>? done, CancellationToken cancellation)
    {
        long mark = done?.Invoke() ?? 0;
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await attempt();
            }
            catch (PassingFailureException e)
            {
                long reached = done?.Invoke() ?? 0;
                if (reached - mark >= Progress) (failures, mark) = (1, reached);
                if (failures >= settings.Attempts) throw new HubException(HubError.Unreachable, $"{what}: {settings.Endpoint.Authority} {e.Message}, {failures} times.", e);
                if (e.After > LongestAsked) throw new HubException(HubError.Unreachable, $"{what}: {settings.Endpoint.Authority} {e.Message}, and wants to be asked again in {e.After.Value.TotalMinutes:f0} minutes.", e);
                await settings.Wait(e.After ?? BackOff(failures), cancellation);
            }
        }
    }

    // Doubled each time, and spread, so that many who failed together do not come back together.
    private static TimeSpan BackOff(int failures)
    {
        TimeSpan full = FirstWait * Math.Pow(2, failures - 1);
        return (full < LongestWait ? full : LongestWait) * (0.5 + Random.Shared.NextDouble() / 2);
    }
}
