using Levare.Networks.Blocks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Control;

/// <summary>The layers of all kinds of T2I-Adapters: squares of pixels become channels, then blocks of which each gives a feature.</summary>
/// <remarks>Keys: <c>conv_in</c> (not in light ones), <c>body.N</c>.</remarks>
internal sealed class T2IAdapterBody : nn.Module<Tensor, IReadOnlyList<Tensor>>
{
    private readonly int _factor;
    private readonly Conv2d? conv_in;
    private readonly ModuleList<T2IAdapterBlock> body;

    /// <summary>Layers with fresh weights.</summary>
    public T2IAdapterBody(T2IAdapterConfig config) : base(nameof(T2IAdapterBody))
    {
        _factor = config.DownscaleFactor;
        int squares = config.InChannels * _factor * _factor;
        if (config.Kind != T2IAdapterKind.Light) conv_in = Layers.Conv2d(squares, config.Channels[0], 3, padding: 1);
        body = [.. config.Kind switch
        {
            T2IAdapterKind.Light => Light(config, squares),
            T2IAdapterKind.FullXl => FullXl(config),
            _ => Full(config),
        }];
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Tensor> forward(Tensor picture)
    {
        using var scope = NewDisposeScope();
        Tensor x = nn.functional.pixel_unshuffle(picture.to(body[0].Type), _factor);
        if (conv_in is not null) x = conv_in.call(x);
        List<Tensor> features = [];
        foreach (T2IAdapterBlock block in body) features.Add(x = block.call(x));
        return [.. features.Select(feature => feature.MoveToOuterDisposeScope())];
    }

    private static IEnumerable<T2IAdapterBlock> Full(T2IAdapterConfig config) => config.Channels.Select((channels, i) =>
        T2IAdapterBlock.Full(config.Channels[Math.Max(i - 1, 0)], channels, config.ResidualBlocks, halves: i > 0));

    // As published: the second block widens, the third widens and halves, and every other keeps what it gets.
    private static IEnumerable<T2IAdapterBlock> FullXl(T2IAdapterConfig config) => config.Channels.Select((channels, i) =>
        T2IAdapterBlock.Full(i is 1 or 2 ? config.Channels[i - 1] : channels, channels, config.ResidualBlocks, halves: i == 2));

    private static IEnumerable<T2IAdapterBlock> Light(T2IAdapterConfig config, int squares) => config.Channels.Append(config.Channels[^1]).Select((channels, i) =>
        T2IAdapterBlock.Light(i == 0 ? squares : config.Channels[i - 1], channels, config.ResidualBlocks, halves: i > 0));
}

/// <summary>A block of a T2I-Adapter. Keys: <c>in_conv, resnets.N, out_conv</c>. [batch, input, height, width] -> [batch, output, height, width], or half the sides, rounded up.</summary>
internal sealed class T2IAdapterBlock : nn.Module<Tensor, Tensor>
{
    private readonly bool _halves;
    private readonly Conv2d? in_conv;
    private readonly ModuleList<T2IAdapterResnet> resnets;
    private readonly Conv2d? out_conv;

    private T2IAdapterBlock(bool halves, Conv2d? first, IEnumerable<T2IAdapterResnet> middle, Conv2d? last) : base(nameof(T2IAdapterBlock))
    {
        _halves = halves;
        in_conv = first;
        resnets = [.. middle];
        out_conv = last;
        RegisterComponents();
    }

    /// <summary>The element type that the layers work in.</summary>
    public ScalarType Type => resnets[0].Type;

    /// <summary>A block as wide as its feature.</summary>
    public static T2IAdapterBlock Full(int input, int output, int count, bool halves) =>
        new(halves, input == output ? null : Layers.Conv2d(input, output, 1), Enumerable.Range(0, count).Select(_ => new T2IAdapterResnet(output, 1)), null);

    /// <summary>A block of a quarter of its feature's channels.</summary>
    public static T2IAdapterBlock Light(int input, int output, int count, bool halves) =>
        new(halves, Layers.Conv2d(input, output / 4, 1), Enumerable.Range(0, count).Select(_ => new T2IAdapterResnet(output / 4, 3)), Layers.Conv2d(output / 4, output, 1));

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        if (_halves) x = nn.functional.avg_pool2d(x, 2, 2, ceil_mode: true);
        if (in_conv is not null) x = in_conv.call(x);
        x = resnets.Aggregate(x, (features, resnet) => resnet.call(features));
        return (out_conv is null ? x : out_conv.call(x)).MoveToOuterDisposeScope();
    }
}

/// <summary>Two convolutions round a ReLU, as a residual block. Keys: <c>block1, block2</c>.</summary>
internal sealed class T2IAdapterResnet : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d block1;
    private readonly Conv2d block2;

    /// <summary>Layers with fresh weights.</summary>
    /// <param name="channels">Of input and result.</param>
    /// <param name="kernel">Side of the second convolution's kernel.</param>
    public T2IAdapterResnet(int channels, int kernel) : base(nameof(T2IAdapterResnet))
    {
        block1 = Layers.Conv2d(channels, channels, 3, padding: 1);
        block2 = Layers.Conv2d(channels, channels, kernel, padding: kernel / 2);
        RegisterComponents();
    }

    /// <summary>The element type that the layers work in.</summary>
    public ScalarType Type => block1.weight.dtype;

    /// <inheritdoc/>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (block2.call(nn.functional.relu(block1.call(x))) + x).MoveToOuterDisposeScope();
    }
}
