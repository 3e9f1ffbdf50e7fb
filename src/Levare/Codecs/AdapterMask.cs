using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Codecs;

/// <summary>Where in a picture an image prompt counts, for the queries of an attention.</summary>
internal static class AdapterMask
{
    /// <summary>The shares of the queries of an attention whose picture has as many places.</summary>
    /// <remarks>
    /// The grid of queries is guessed from their number and the mask's aspect; where the two do not agree, what is missing is 0 and what is too much is left out.
    /// </remarks>
    /// <param name="masks">[masks, height, width], as <see cref="ImagePreprocessor.Mask"/> gives them.</param>
    /// <param name="batch">Rows of the attention; fewer masks are repeated.</param>
    /// <param name="queries">Places of the attention.</param>
    /// <returns>[masks x repetitions, queries, 1]: to multiply attention results with; a new tensor.</returns>
    /// <exception cref="ArgumentException">The shape is another, or the queries are too few for the aspect.</exception>
    public static Tensor ForQueries(Tensor masks, int batch, int queries)
    {
        if (masks.dim() != 3) throw new ArgumentException($"Masks are [masks, height, width], not [{string.Join(", ", masks.shape)}].", nameof(masks));
        double aspect = (double)masks.shape[2] / masks.shape[1];
        int rows = (int)Math.Sqrt(queries / aspect);
        if (rows == 0) throw new ArgumentException($"{queries} queries cannot form a grid of the mask's aspect, {masks.shape[2]}:{masks.shape[1]}.", nameof(queries));
        if (queries % rows != 0) rows++;
        int columns = queries / rows;
        using var scope = NewDisposeScope();
        Tensor grid = nn.functional.interpolate(masks.unsqueeze(0), [rows, columns], mode: InterpolationMode.Bicubic, align_corners: false).squeeze(0);
        if (grid.shape[0] < batch) grid = grid.repeat(batch, 1, 1);
        Tensor line = grid.reshape(grid.shape[0], -1);
        line = rows * columns < queries ? nn.functional.pad(line, [0, queries - rows * columns]) : line.narrow(1, 0, queries);
        return line.unsqueeze(-1).clone().MoveToOuterDisposeScope();
    }
}
