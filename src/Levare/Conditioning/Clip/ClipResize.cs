namespace Levare.Conditioning.Clip;

/// <summary>What size pictures get before CLIP's picture encoder sees them.</summary>
public abstract record ClipResize
{
    private ClipResize()
    {
    }

    /// <summary>The size of a picture of a size.</summary>
    public abstract (int Height, int Width) SizeFor(int height, int width);

    /// <summary>The shorter side becomes this, the longer one follows, rounded down.</summary>
    /// <param name="Size">Pixels.</param>
    public sealed record ShortestEdge(int Size) : ClipResize
    {
        /// <inheritdoc/>
        public override (int Height, int Width) SizeFor(int height, int width) =>
            height < width ? (Size, (int)((double)Size * width / height)) : ((int)((double)Size * height / width), Size);
    }

    /// <summary>Always the same size, whatever the picture's shape.</summary>
    /// <param name="Height">Rows.</param>
    /// <param name="Width">Columns.</param>
    public sealed record Exact(int Height, int Width) : ClipResize
    {
        /// <inheritdoc/>
        public override (int Height, int Width) SizeFor(int height, int width) => (Height, Width);
    }
}
