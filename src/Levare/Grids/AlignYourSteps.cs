namespace Levare.Grids;

/// <summary>A kind of model that a published optimal schedule is for.</summary>
public enum AlignedModel
{
    /// <summary>Stable Diffusion 1 and 2.</summary>
    StableDiffusion,

    /// <summary>Stable Diffusion XL.</summary>
    StableDiffusionXL,

    /// <summary>Stable Video Diffusion.</summary>
    StableVideoDiffusion,
}

/// <summary>Schedules found by minimising a bound on the discretisation error (Sabour et al. 2024, "Align Your Steps").</summary>
public static class AlignYourSteps
{
    /// <summary>Falling sigmas for some steps; 0 follows them. Other numbers than the published ten interpolate the logarithms linearly.</summary>
    /// <param name="model">Whose schedule.</param>
    /// <param name="count">How many, 1 or more.</param>
    public static double[] Sigmas(AlignedModel model, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double[] published = Published(model);
        return [.. Enumerable.Range(0, count).Select(i => Between(published, (double)i / count * (published.Length - 1)))];
    }

    private static double Between(double[] values, double place)
    {
        int low = Math.Min((int)place, values.Length - 2);
        return Math.Exp(double.Lerp(Math.Log(values[low]), Math.Log(values[low + 1]), place - low));
    }

    // Ten steps; the eleventh is the smallest sigma of training, which the last step passes on its way to 0.
    private static double[] Published(AlignedModel model) => model switch
    {
        AlignedModel.StableDiffusion => [14.615, 6.475, 3.861, 2.697, 1.886, 1.396, 0.963, 0.652, 0.399, 0.152, 0.029],
        AlignedModel.StableDiffusionXL => [14.615, 6.315, 3.771, 2.181, 1.342, 0.862, 0.555, 0.380, 0.234, 0.113, 0.029],
        AlignedModel.StableVideoDiffusion => [700, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002],
        _ => throw new ArgumentOutOfRangeException(nameof(model), model, null),
    };
}
