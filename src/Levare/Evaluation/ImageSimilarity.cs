using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>The window of <see cref="ImageSimilarity.Ssim"/>.</summary>
public enum SsimWindow
{
    /// <summary>Wang et al. 2004: 11x11 Gaussian, sigma 1.5, population covariance.</summary>
    Gaussian,

    /// <summary>All pixels alike, sample covariance.</summary>
    Uniform,
}

/// <summary>How near two pictures are, pixel by pixel and in structure.</summary>
public static class ImageSimilarity
{
    private const double Sigma = 1.5, K1 = 0.01, K2 = 0.03;
    private const int GaussianRadius = 5;

    /// <summary>The peak signal-to-noise ratio in decibels; infinite for equal pictures.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">The same shape.</param>
    /// <param name="range">The span of possible values: 255, 1, or 2 for -1..1.</param>
    public static double Psnr(Tensor a, Tensor b, double range)
    {
        CheckShapes(a, b);
        using DisposeScope scope = NewDisposeScope();
        return 10 * Math.Log10(range * range / (Features.Double(a) - Features.Double(b)).square().mean().item<double>());
    }

    /// <summary>Structural similarity (Wang et al. 2004): the mean over channels and over the pixels whose window lies inside.</summary>
    /// <param name="a">[channels, height, width].</param>
    /// <param name="b">The same shape.</param>
    /// <param name="range">The span of possible values.</param>
    /// <param name="window">The weights within a window.</param>
    /// <param name="side">The uniform window's side, odd.</param>
    public static double Ssim(Tensor a, Tensor b, double range, SsimWindow window = SsimWindow.Gaussian, int side = 7)
    {
        CheckShapes(a, b);
        if (window == SsimWindow.Gaussian) side = 2 * GaussianRadius + 1;
        if (a.dim() != 3 || side < 3 || side % 2 == 0 || a.shape[1] < side || a.shape[2] < side)
            throw new ArgumentException($"Pictures are [channels, height, width], no smaller than the window of {side}; given was [{string.Join(", ", a.shape)}].", nameof(a));
        using DisposeScope scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor weights = Weights(window, side);
        Tensor x = Features.Double(a), y = Features.Double(b);
        Tensor meanX = Blur(x, weights), meanY = Blur(y, weights);
        double sample = window == SsimWindow.Uniform ? (double)(side * side) / (side * side - 1) : 1;
        Tensor varianceX = (Blur(x * x, weights) - meanX * meanX) * sample;
        Tensor varianceY = (Blur(y * y, weights) - meanY * meanY) * sample;
        Tensor covariance = (Blur(x * y, weights) - meanX * meanY) * sample;
        double c1 = K1 * range * (K1 * range), c2 = K2 * range * (K2 * range);
        Tensor map = (2 * meanX * meanY + c1) * (2 * covariance + c2) / ((meanX * meanX + meanY * meanY + c1) * (varianceX + varianceY + c2));
        return map.mean().item<double>();
    }

    private static Tensor Weights(SsimWindow window, int side)
    {
        double[] line = window == SsimWindow.Uniform
            ? [.. Enumerable.Repeat(1.0, side)]
            : [.. Enumerable.Range(-GaussianRadius, side).Select(i => Math.Exp(-i * i / (2 * Sigma * Sigma)))];
        double sum = line.Sum();
        return tensor(line.Select(weight => weight / sum).ToArray());
    }

    // Only windows that lie wholly inside count, so no border needs inventing.
    private static Tensor Blur(Tensor image, Tensor weights)
    {
        Tensor planes = image.unsqueeze(1);
        planes = nn.functional.conv2d(planes, weights.view(1, 1, -1, 1));
        return nn.functional.conv2d(planes, weights.view(1, 1, 1, -1));
    }

    private static void CheckShapes(Tensor a, Tensor b)
    {
        if (!a.shape.SequenceEqual(b.shape))
            throw new ArgumentException($"The pictures have the shapes [{string.Join(", ", a.shape)}] and [{string.Join(", ", b.shape)}].");
    }
}
