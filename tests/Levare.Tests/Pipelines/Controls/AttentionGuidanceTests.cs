using Levare.Guidance;
using Levare.Pipelines;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines.Controls;

public sealed class AttentionGuidanceTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyLatentModel _model = new();

    public void Dispose()
    {
        _model.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Guidance_of_scale_zero_is_guidance_by_words_alone()
    {
        ImageGuidance words = _model.Batch(1).Guidance;
        Assert.Same(words, new PerturbedAttention { Scale = 0 }.Beside(words, _model.Parts));
        Assert.Same(words, new SelfAttention { Scale = 0 }.Beside(words, _model.Parts));
    }

    [Fact]
    public void A_scale_that_has_fallen_to_zero_disturbs_no_more()
    {
        Tensor plain = Run(null), fallen = Run(new PerturbedAttention { Scale = 1, Fall = 1e6 }), whole = Run(new PerturbedAttention { Scale = 1 });
        Assert.True(plain.allclose(fallen, atol: 1e-5));
        Assert.False(plain.allclose(whole, atol: 1e-3));
    }

    [Fact]
    public void It_works_without_guidance_by_words()
    {
        Tensor plain = Run(null, guidance: 1);
        Assert.False(plain.allclose(Run(new PerturbedAttention(), guidance: 1), atol: 1e-3));
        Assert.False(plain.allclose(Run(new SelfAttention(), guidance: 1), atol: 1e-4));
    }

    [Fact]
    public void Layers_that_do_not_exist_are_refused_with_those_that_do()
    {
        RequestException refused = Assert.Throws<RequestException>(() => new PerturbedAttention { Layers = ["mid", "down_blocks.7"] }.Beside(_model.Batch(1).Guidance, _model.Parts));
        Assert.Contains("'down_blocks.7'; there are: down_blocks.0.attentions.0.transformer_blocks.0.attn1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_scale_that_is_no_number_from_zero_up_is_refused(double scale)
    {
        Assert.Throws<RequestException>(() => new PerturbedAttention { Scale = scale }.Beside(_model.Batch(1).Guidance, _model.Parts));
        Assert.Throws<RequestException>(() => new SelfAttention { Scale = scale }.Beside(_model.Batch(1).Guidance, _model.Parts));
    }

    [Fact]
    public void Two_with_the_same_settings_are_equal_and_recipes_give_them_back()
    {
        PerturbedAttention perturbed = new() { Scale = 2, Fall = 0.002, Layers = ["mid", "up_blocks.1"] };
        Assert.Equal(perturbed, new PerturbedAttention { Scale = 2, Fall = 0.002, Layers = ["mid", "up_blocks.1"] });
        Assert.Equal(perturbed, perturbed.ToRecipe().ToGuidance());
        Assert.Equal(new SelfAttention { Scale = 0.5 }, new SelfAttention { Scale = 0.5 }.ToRecipe().ToGuidance());
    }

    [Fact]
    public void Blurring_keeps_what_is_even_and_spreads_a_point_alike_to_all_sides()
    {
        Tensor even = full(1, 2, 6, 7, 3f), point = zeros(1, 1, 9, 9);
        point[0, 0, 4, 4] = 1;
        Assert.True(Blurring.Gaussian(even).allclose(even, atol: 1e-5));
        Tensor spread = Blurring.Gaussian(point);
        Assert.True(spread.allclose(spread.transpose(2, 3), atol: 1e-7) && spread.allclose(spread.flip(2), atol: 1e-7));
        Assert.Equal(Math.Exp(-0.5), (spread[0, 0, 4, 5] / spread[0, 0, 4, 4]).item<float>(), 5);
        Assert.Throws<ArgumentException>(() => Blurring.Gaussian(zeros(1, 1, 4, 9)));
    }

    private Tensor Run(AttentionGuidance? attention, double guidance = 3)
    {
        ImageGuidance words = _model.Parts.GuidanceOf(guidance);
        return LatentPipelineTests.Run(_model, _model.Batch(1) with { Guidance = attention?.Beside(words, _model.Parts) ?? words }, 3).State;
    }
}
