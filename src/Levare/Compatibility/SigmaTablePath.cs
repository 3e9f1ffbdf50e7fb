using Levare.Paths;

namespace Levare.Compatibility;

/// <summary>A table of sigmas as a path with alpha = 1: times by the logarithm, any sigma exact, also beyond the table's ends.</summary>
internal sealed class SigmaTablePath(SigmaTable table, int steps) : INoisePath
{
    public double Start => 0;

    public double End => steps - 1;

    public NoiseLevel At(double time)
    {
        int low = Math.Clamp((int)time, 0, steps - 2);
        return new(time, 1, Math.Exp(double.Lerp(table.Logs[low], table.Logs[low + 1], time - low)));
    }

    public double TimeAt(double lambda) => table.TimeOf(Math.Exp(-lambda));

    public NoiseLevel AtLambda(double lambda) => new(TimeAt(lambda), 1, Math.Exp(-lambda));
}
