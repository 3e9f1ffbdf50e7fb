using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>Layers on feature maps that are too large to be copied about: they work through them in bands of rows.</summary>
/// <remarks>
/// A decoder's last feature maps are gigabytes for a picture of a few megapixels, and torch holds several at once: before the norm, behind it, behind the activation,
/// and as the convolution wants them laid out. In bands only a layer's input and its output are there whole. Norms still see the whole map, so that the result is
/// that of the plain layers up to rounding. Only where no gradients are recorded: those would keep everything anyway.
/// </remarks>
internal static class RowBands
{
    // 64 MiB of float32: below, the plain layers are as good.
    private const long Large = 16L << 20;
    private const int BandsOfLarge = 4;

    [ThreadStatic]
    private static long? _large;

    private static long Band => Math.Max(1, (_large ?? Large) / BandsOfLarge);

    /// <summary>Whether a map is worth cutting.</summary>
    public static bool Suits(Tensor x) => !is_grad_enabled() && x.numel() > (_large ?? Large);

    /// <summary>Whether a convolution of a map is worth cutting.</summary>
    /// <param name="x">[batch, channels, height, width].</param>
    /// <param name="conv">The convolution.</param>
    /// <param name="growth">Pixels of its result for each of the map's.</param>
    public static bool Suits(Tensor x, Conv2d conv, int growth = 1)
    {
        long pixels = x.shape[0] * x.shape[2] * x.shape[3];
        return !is_grad_enabled() && pixels * Math.Max(conv.weight.shape[1], conv.weight.shape[0] * growth) > (_large ?? Large);
    }

    /// <summary>Feature maps of so many elements count as large in this thread, until the scope is disposed: for tests.</summary>
    internal static IDisposable LargeFrom(long elements)
    {
        _large = elements;
        return new Restored();
    }

    /// <summary>A feature map, or what is to be made of it, asked for by rows.</summary>
    /// <param name="Height">Its rows.</param>
    /// <param name="Width">Its columns.</param>
    /// <param name="Rows">Gives the rows from one up to and without another as a new tensor or a view, within the caller's scope.</param>
    public readonly record struct Source(long Height, long Width, Func<long, long, Tensor> Rows);

    /// <summary>A 3x3 convolution of stride 1, in bands where that suits.</summary>
    public static Tensor Convolved(Tensor x, Conv2d conv) => Suits(x, conv) ? Convolve(Plain(x), conv) : conv.call(x);

    /// <summary>A group norm, an activation and a 3x3 convolution of stride 1, in bands where that suits.</summary>
    public static Tensor Convolved(Tensor x, GroupNorm norm, Activation activation, Conv2d conv)
    {
        using var scope = NewDisposeScope();
        return (Suits(x, conv) ? Convolve(Normalised(x, norm, activation), conv) : conv.call(activation.Apply(norm.call(x)))).MoveToOuterDisposeScope();
    }

    /// <summary>A map as it is.</summary>
    public static Source Plain(Tensor x) => new(x.shape[2], x.shape[3], (from, to) => x.narrow(2, from, to - from));

    /// <summary>A map after a group norm and an activation.</summary>
    public static Source Normalised(Tensor x, GroupNorm norm, Activation activation)
    {
        (Tensor scale, Tensor shift) = ScaleAndShift(x, norm);
        return new(x.shape[2], x.shape[3], (from, to) => activation.Apply((x.narrow(2, from, to - from) * scale).add_(shift)));
    }

    /// <summary>A map with every pixel four times.</summary>
    public static Source Doubled(Tensor x) => new(2 * x.shape[2], 2 * x.shape[3], (from, to) =>
    {
        long first = from / 2, last = (to + 1) / 2;
        return Upsample2D.Repeat(x.narrow(2, first, last - first)).narrow(2, from - 2 * first, to - from);
    });

    /// <summary>A 3x3 convolution.</summary>
    /// <param name="source">Its input.</param>
    /// <param name="conv">Weight and bias.</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="before">Zeros above and to the left, 0 or 1; below and to the right is 1.</param>
    /// <returns>The result, in the caller's scope.</returns>
    public static Tensor Convolve(Source source, Conv2d conv, int stride = 1, int before = 1)
    {
        const int kernel = 3, after = 1;
        long height = (source.Height + before + after - kernel) / stride + 1, width = (source.Width + before + after - kernel) / stride + 1;
        Tensor weight = conv.weight;
        Tensor? output = null;
        long step = 0;
        for (long row = 0; row < height; row += step)
        {
            using var scope = NewDisposeScope();
            if (output is null)
            {
                Tensor sample = source.Rows(0, 1);
                output = empty([sample.shape[0], weight.shape[0], height, width], sample.dtype, sample.device).MoveToOuterDisposeScope();
                step = Math.Max(1, Band / (sample.shape[0] * Math.Max(weight.shape[0] * width, weight.shape[1] * source.Width * stride)));
            }
            long rows = Math.Min(step, height - row), from = row * stride - before, to = (row + rows - 1) * stride - before + kernel;
            Tensor input = source.Rows(Math.Max(from, 0), Math.Min(to, source.Height));
            Tensor padded = nn.functional.pad(input, [before, after, Math.Max(-from, 0), Math.Max(to - source.Height, 0)]);
            output.narrow(2, row, rows).copy_(nn.functional.conv2d(padded, weight, conv.bias, strides: [stride, stride]));
        }
        return output ?? throw new ArgumentException("A feature map of no rows has no convolution.", nameof(source));
    }

    /// <summary>Layers that keep a map's size and look no further than a few rows up and down, such as a chain of convolutions.</summary>
    /// <param name="x">[batch, channels, height, width].</param>
    /// <param name="reach">How far they look.</param>
    /// <param name="layers">Are given bands with so many rows more on both sides, where there are any.</param>
    public static Tensor Local(Tensor x, int reach, Func<Tensor, Tensor> layers)
    {
        Tensor output = empty_like(x);
        long height = x.shape[2], step = Math.Max(1, Band / (x.shape[0] * x.shape[1] * x.shape[3]));
        for (long row = 0; row < height; row += step)
        {
            using var scope = NewDisposeScope();
            long rows = Math.Min(step, height - row), first = Math.Max(0, row - reach), last = Math.Min(height, row + rows + reach);
            Tensor band = layers(x.narrow(2, first, last - first));
            output.narrow(2, row, rows).copy_(band.narrow(2, row - first, rows));
        }
        return output;
    }

    /// <summary>Adds a map, by way of a 1x1 convolution where there is one, to another, which is changed, and divides the sum.</summary>
    public static void AddTo(Tensor sum, Tensor x, Conv2d? conv, double divisor)
    {
        long step = Math.Max(1, Band / (x.shape[0] * Math.Max(x.shape[1], sum.shape[1]) * x.shape[3]));
        for (long row = 0; row < x.shape[2]; row += step)
        {
            using var scope = NewDisposeScope();
            long rows = Math.Min(step, x.shape[2] - row);
            Tensor band = x.narrow(2, row, rows), target = sum.narrow(2, row, rows);
            target.add_(conv is null ? band : conv.call(band));
            if (divisor != 1) target.div_(divisor);
        }
    }

    // A group norm is a line for each channel: x * scale + shift, both [batch, channels, 1, 1].
    private static (Tensor Scale, Tensor Shift) ScaleAndShift(Tensor x, GroupNorm norm)
    {
        using var scope = NewDisposeScope();
        long batch = x.shape[0], channels = x.shape[1], groups = norm.num_groups;
        (Tensor variance, Tensor mean) = var_mean(x.reshape(batch, groups, -1).to(ScalarType.Float32), [2], unbiased: false);
        Tensor PerChannel(Tensor values) => values.unsqueeze(-1).expand(batch, groups, channels / groups).reshape(batch, channels, 1, 1);
        Tensor scale = PerChannel((variance + norm.eps).rsqrt()) * norm.weight!.view(1, -1, 1, 1);
        Tensor shift = norm.bias!.view(1, -1, 1, 1) - PerChannel(mean) * scale;
        return (scale.to(x.dtype).MoveToOuterDisposeScope(), shift.to(x.dtype).MoveToOuterDisposeScope());
    }

    private sealed class Restored : IDisposable
    {
        public void Dispose() => _large = null;
    }
}
