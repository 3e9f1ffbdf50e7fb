using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Denoisers;

public sealed class BoundedDenoiserTests
{
    private static readonly NoiseLevel Level = new(0.5, 0.8, 0.6);

    [Fact]
    public void A_clamped_estimate_implies_another_noise_or_keeps_the_predicted_one()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor state = tensor(new[] { 3f, 0.2f, -4f, 0.5f }).view(1, 4), x0 = tensor(new[] { 2f, 0.1f, -3f, 0.4f }).view(1, 4);
        Known known = new(x0);
        Estimate implied = new BoundedDenoiser(known, new ClampBound()).Denoise(state, Level, Condition.None);
        Estimate kept = new BoundedDenoiser(known, new ClampBound(), BoundedNoise.Predicted).Denoise(state, Level, Condition.None);
        Assert.True(implied.Denoised.allclose(x0.clamp(-1, 1)));
        Assert.True(implied.Epsilon(state, Level).allclose((state - x0.clamp(-1, 1) * 0.8) / 0.6));
        Assert.True(kept.Denoised.allclose(implied.Denoised));
        Assert.True(kept.Epsilon(state, Level).allclose((state - x0 * 0.8) / 0.6));
    }

    [Fact]
    public void A_quantile_bounds_each_row_by_its_own_values()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor calm = linspace(-0.5, 0.5, 11).view(1, 11), loud = linspace(-4, 4, 11).view(1, 11);
        Tensor bounded = new QuantileBound(0.9, 3).Apply(cat([calm, loud]));
        Assert.True(bounded[0].allclose(calm[0]));
        Assert.True(bounded[1].allclose((loud / 3).clamp(-1, 1)[0]));
    }

    [Fact]
    public void The_boundary_condition_gives_the_state_itself_at_time_0()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor state = ones(1, 3) * 0.7, x0 = zeros(1, 3);
        BoundaryDenoiser denoiser = new(new Known(x0));
        Assert.True(denoiser.Denoise(state, new(0, 1, 0.01), Condition.None).Denoised.allclose(state));
        Assert.True(denoiser.Denoise(state, new(999, 0.1, 0.99), Condition.None).Denoised.allclose(x0, atol: 1e-6));
    }

    private sealed class Known(Tensor x0) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition) => new(x0);
    }
}
