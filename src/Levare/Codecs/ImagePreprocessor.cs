using Levare.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Codecs;

/// <summary>Pictures and masks as the tensors that pipelines of latents take, as diffusers' VaeImageProcessor makes them. Immutable and thread-safe.</summary>
internal sealed record ImagePreprocessor
{
    /// <summary>RGB in -1..1: what is encoded.</summary>
    public static readonly ImagePreprocessor Picture = new() { Channels = 3 };

    /// <summary>RGB in 0..1: what controls.</summary>
    public static readonly ImagePreprocessor Control = new() { Channels = 3, Range = PixelRange.Unit };

    /// <summary>Grey, 0 or 1: where to paint.</summary>
    public static readonly ImagePreprocessor Mask = new() { Channels = 1, Range = PixelRange.Unit, Threshold = 0.5 };

    /// <summary>Sides are cut to multiples of it: the pixels of a latent.</summary>
    public int Multiple { get; init; } = 8;

    /// <summary>Tensors of so many channels are latents already, and stay as they are.</summary>
    public int LatentChannels { get; init; } = 4;

    /// <summary>The kernel of changes of size.</summary>
    public ResampleFilter Filter { get; init; } = ResampleFilter.Lanczos;

    /// <summary>See <see cref="Resampling.Resize(RawImage, int, int, ResampleFilter, PixelBox?, double?)"/>; null for none.</summary>
    public double? ReducingGap { get; init; }

    /// <summary>1 for grey, 3 for RGB, null for what the picture has, without alpha.</summary>
    public int? Channels { get; init; }

    /// <summary>The values of black and white.</summary>
    public PixelRange Range { get; init; } = PixelRange.Signed;

    /// <summary>Values from here on become 1 and those below 0; null leaves them.</summary>
    public double? Threshold { get; init; }

    /// <summary>The size of a result: the wanted one, or the picture's own, cut to multiples.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is shorter than <see cref="Multiple"/>.</exception>
    public (int Width, int Height) SizeOf(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, Multiple);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, Multiple);
        return (width - width % Multiple, height - height % Multiple);
    }

    /// <summary>The tensor of a picture, [1, channels, height, width], float32 on the CPU; it is then the caller's.</summary>
    /// <param name="image">The picture. Its alpha is dropped: flatten it first where that is not wanted.</param>
    /// <param name="width">The wanted width; the picture's when null. It is cut to a multiple.</param>
    /// <param name="height">The wanted height; the picture's when null. It is cut to a multiple.</param>
    /// <param name="mode">What becomes of the aspect.</param>
    /// <param name="region">The part of the picture that counts; all when null.</param>
    /// <exception cref="ArgumentOutOfRangeException">A side is shorter than <see cref="Multiple"/>.</exception>
    public Tensor Encode(RawImage image, int? width = null, int? height = null, ResizeMode mode = ResizeMode.Stretch, PixelRegion? region = null)
    {
        if (image.Channels == 4) image = image.ToChannels(3);
        if (region is { } part) image = image.Crop(part);
        (int columns, int rows) = SizeOf(width ?? image.Width, height ?? image.Height);
        RawImage resized = PictureResizing.To(image, columns, rows, mode, Filter, ReducingGap);
        using var scope = NewDisposeScope();
        return Ranged(PixelCodec.Unit(Channels is { } channels ? resized.ToChannels(channels) : resized).unsqueeze(0)).MoveToOuterDisposeScope();
    }

    /// <summary>The same for pictures that are tensors already: they are resized without antialiasing.</summary>
    /// <param name="pixels">[batch, channels, height, width] in 0..1, or latents (<see cref="LatentChannels"/>); values below 0 mean that they lie in -1..1 already, and stay so.</param>
    /// <param name="width">The wanted width; the tensor's when null. It is cut to a multiple.</param>
    /// <param name="height">The wanted height; the tensor's when null. It is cut to a multiple.</param>
    /// <returns>A new tensor.</returns>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public Tensor Encode(Tensor pixels, int? width = null, int? height = null)
    {
        if (pixels.dim() != 4) throw new ArgumentException($"Pictures are [batch, channels, height, width], not [{string.Join(", ", pixels.shape)}].", nameof(pixels));
        if (pixels.shape[1] == LatentChannels) return pixels.clone();
        (int columns, int rows) = SizeOf(width ?? (int)pixels.shape[3], height ?? (int)pixels.shape[2]);
        using var scope = NewDisposeScope();
        return Ranged(nn.functional.interpolate(pixels, [rows, columns], mode: InterpolationMode.Nearest)).MoveToOuterDisposeScope();
    }

    private Tensor Ranged(Tensor unit)
    {
        Tensor ranged = Range == PixelRange.Signed && unit.min().item<float>() >= 0 ? unit * 2 - 1 : unit;
        return Threshold is { } threshold ? ranged.ge(threshold).to(ranged.dtype) : ranged.clone();
    }
}
