namespace Levare.Cli;

/// <summary>The command line asks for something that does not exist or does not fit together: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message)
{
    /// <summary>The result of reading something that the user wrote; whatever is wrong with it is a usage error.</summary>
    public static T Unless<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException)
        {
            throw new UsageException(e.Message);
        }
    }
}
