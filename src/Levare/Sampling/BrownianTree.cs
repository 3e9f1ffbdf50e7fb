using Levare.Paths;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Sampling;

/// <summary>
/// The noise of one Brownian motion over sigma / alpha: draws over overlapping intervals belong together, and one motion underlies a seed however
/// finely it is stepped through. One per run; not thread-safe.
/// </summary>
/// <remarks>
/// Values are found by Brownian bridges down a binary tree of halved intervals (Gaines and Lyons 1997; Li et al. 2020, section 4), each node with a
/// seed of its own, so that nothing depends on the order of questions. Seeds and arithmetic are torchsde's (BrownianInterval, halfway_tree,
/// tolerance 1e-6, pool size 24): on the CPU the noise is what diffusers and k-diffusion draw for the seed.
/// </remarks>
public sealed class BrownianTree : INoiseSource, IDisposable
{
    private const int PoolSize = 24;
    private const int Resolution = 1_000_000;

    private readonly ulong _seed;
    private readonly double _start;
    private readonly double _end;
    private readonly Device _device;
    private readonly SeededNoise _plain;
    private Dictionary<(int Depth, ulong Key), Tensor> _latest = [];

    /// <summary>The motion of a seed between two values of sigma / alpha.</summary>
    /// <param name="seed">Any number; the same one gives the same motion.</param>
    /// <param name="start">The smallest sigma / alpha that is asked for; below it the motion rests.</param>
    /// <param name="end">The largest; beyond it the motion rests.</param>
    /// <param name="device">Where the draws go, the CPU when null. They are always made on the CPU, so that devices agree.</param>
    public BrownianTree(long seed, double start, double end, Device? device = null)
    {
        if (!(start <= end && double.IsFinite(start) && double.IsFinite(end)))
            throw new ArgumentException($"A Brownian tree needs a finite interval, not {start} to {end}.", nameof(end));
        (_seed, _start, _end, _device) = ((ulong)seed, start, end, device ?? CPU);
        _plain = new SeededNoise(seed, device);
    }

    /// <summary>A draw that belongs to no interval, independent of the motion's increments and of the draws before it.</summary>
    /// <inheritdoc/>
    public Tensor Draw(params long[] shape) => _plain.Draw(shape);

    /// <summary>The motion's increment from one level to another, over the root of their distance.</summary>
    /// <inheritdoc/>
    public Tensor Draw(NoiseLevel from, NoiseLevel to, params long[] shape)
    {
        double distance = Math.Abs(to.Ratio - from.Ratio);
        if (distance == 0) return zeros(shape, device: _device);
        using DisposeScope scope = NewDisposeScope();
        Tensor increment = Increment(Math.Min(from.Ratio, to.Ratio), Math.Max(from.Ratio, to.Ratio), shape);
        double scale = (to.Ratio > from.Ratio ? 1 : -1) / Math.Sqrt(distance);
        return (increment * scale).to(_device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget([]);
        _plain.Dispose();
    }

    private Tensor Increment(double from, double to, long[] shape)
    {
        Node root = new(0, 0, Round(_start), Round(_end));
        double a = Math.Clamp(Round(from), root.Start, root.End), b = Math.Clamp(Round(to), root.Start, root.End);
        if (a == b) return zeros(shape);
        Dictionary<(int, ulong), Tensor> visited = [];
        Tensor first = Visit(visited, root, () => Normal(new SeedSequence(_seed, [], PoolSize), shape) * Math.Sqrt(_end - _start));
        Tensor sum = Sum(visited, root, first, a, b);
        Forget(visited);
        return sum;
    }

    // The increment over [a, b], which lies within the node, whose own increment is known.
    private Tensor Sum(Dictionary<(int, ulong), Tensor> visited, Node node, Tensor whole, double a, double b)
    {
        if (a == node.Start && b == node.End) return whole;
        (Node left, Node right) = node.Halves();
        Tensor lower = Visit(visited, left, () => Bridge(node, left, whole));
        Tensor upper = Visit(visited, right, () => whole - lower);
        if (b <= left.End) return Sum(visited, left, lower, a, b);
        if (a >= right.Start) return Sum(visited, right, upper, a, b);
        return Sum(visited, left, lower, a, left.End) + Sum(visited, right, upper, right.Start, b);
    }

    // The left half's increment, given the whole one: normal about its share.
    private Tensor Bridge(Node node, Node left, Tensor whole)
    {
        double length = node.End - node.Start, before = left.End - node.Start, after = node.End - left.End;
        Tensor noise = Normal(new SeedSequence(_seed, [node.Key, (ulong)node.Depth], PoolSize), whole.shape);
        return whole * before * (1 / length) + noise * Math.Sqrt(before * after * (1 / length));
    }

    private static Tensor Normal(SeedSequence seeds, long[] shape)
    {
        using SeededNoise noise = new(seeds.Generate(1)[0]);
        return noise.Draw(shape);
    }

    // What the last question found is kept: the next one lies beside it and shares most of its way down.
    private Tensor Visit(Dictionary<(int, ulong), Tensor> visited, Node node, Func<Tensor> make)
    {
        if (_latest.TryGetValue((node.Depth, node.Key), out Tensor? known)) return visited[(node.Depth, node.Key)] = known;
        return visited[(node.Depth, node.Key)] = make().DetachFromDisposeScope();
    }

    private void Forget(Dictionary<(int, ulong), Tensor> visited)
    {
        foreach (((int, ulong) key, Tensor tensor) in _latest)
            if (!visited.ContainsKey(key)) tensor.Dispose();
        _latest = visited;
    }

    // To six decimals as Python rounds: the exact binary value decides, and ties go to even. Values are 0 or more.
    private static double Round(double value)
    {
        int shift = value > 0 ? 52 - Math.ILogB(value) : 0;
        if (shift is <= 0 or > 100) return shift <= 0 ? value : 0;
        Int128 scaled = (Int128)(long)Math.ScaleB(value, shift) * Resolution;
        Int128 whole = scaled >> shift, twice = (scaled - (whole << shift)) << 1, one = Int128.One << shift;
        if (twice > one || (twice == one && Int128.IsOddInteger(whole))) whole++;
        return (double)whole / Resolution;
    }

    /// <summary>One interval of the tree: at each depth 2^depth of them, Key counting from the left.</summary>
    private readonly record struct Node(int Depth, ulong Key, double Start, double End)
    {
        public (Node Left, Node Right) Halves()
        {
            double middle = Round(0.5 * (End + Start));
            return (new(Depth + 1, 2 * Key, Start, middle), new(Depth + 1, 2 * Key + 1, middle, End));
        }
    }
}
