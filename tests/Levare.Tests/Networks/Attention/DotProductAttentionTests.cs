using Levare.Networks.Attention;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Attention;

public sealed class DotProductAttentionTests
{
    // Above the number of rows in one block, and not a multiple of it.
    private const int Queries = 1100, Keys = 300, Heads = 3, Width = 24;

    [Fact]
    public void Attention_is_a_mean_of_values_weighted_by_the_softmax_of_scaled_products()
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = Inputs();
        AssertClose(Plain(q, k, v), DotProductAttention.Attend(q, k, v, Heads), 1e-5);
    }

    [Fact]
    public void Blocks_of_queries_give_what_all_queries_at_once_give()
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = Inputs();
        AssertClose(Plain(q, k, v), DotProductAttention.HeadByHead(q, k, v, Heads), 1e-5);
    }

    [Theory]
    [InlineData(60, 40)]
    [InlineData(Queries, Keys)]
    public void Half_precision_loses_no_more_than_its_rounding(int queries, int keys)
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = Inputs(queries, keys);
        Tensor half = DotProductAttention.Attend(q.to(ScalarType.BFloat16), k.to(ScalarType.BFloat16), v.to(ScalarType.BFloat16), Heads);
        Assert.Equal(ScalarType.BFloat16, half.dtype);
        AssertClose(Plain(q, k, v), half.to(ScalarType.Float32), 0.02);
    }

    [Fact]
    public void A_causal_token_does_not_depend_on_later_ones()
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = Inputs(20, 20);
        Tensor whole = DotProductAttention.Attend(q, k, v, Heads, AttentionPattern.Causal);
        Tensor start = DotProductAttention.Attend(q.narrow(1, 0, 7), k.narrow(1, 0, 7), v.narrow(1, 0, 7), Heads);
        AssertClose(start[TensorIndex.Colon, 6], whole[TensorIndex.Colon, 6], 1e-5);
    }

    [Fact]
    public void The_weights_of_a_query_sum_to_one_and_give_its_attention()
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = Inputs(30, 20);
        Tensor weights = DotProductAttention.Weights(q, k, Heads);
        AssertClose(ones(2, Heads, 30), weights.sum([-1]), 1e-5);
        Tensor attended = einsum("bhnm,bmhc->bnhc", weights, v.view(2, 20, Heads, -1)).flatten(2);
        AssertClose(DotProductAttention.Attend(q, k, v, Heads), attended, 1e-5);
    }

    [Fact]
    public void Gradients_flow_to_all_three()
    {
        using var scope = NewDisposeScope();
        (Tensor q, Tensor k, Tensor v) = Inputs(30, 20);
        foreach (Tensor x in new[] { q, k, v }) x.requires_grad = true;
        DotProductAttention.Attend(q, k, v, Heads).square().mean().backward();
        Assert.All(new[] { q, k, v }, x => Assert.True(x.grad!.abs().sum().item<float>() > 0));
    }

    [Fact]
    public void A_bound_that_no_row_fits_into_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AttentionMemory.LargestScores = 100);

    private static (Tensor Query, Tensor Key, Tensor Value) Inputs(int queries = Queries, int keys = Keys)
    {
        Generator generator = new(11);
        return (randn(2, queries, Width, generator: generator), randn(2, keys, Width, generator: generator), randn(2, keys, Width, generator: generator));
    }

    private static Tensor Plain(Tensor query, Tensor key, Tensor value)
    {
        Tensor Split(Tensor x) => x.view(2, -1, Heads, Width / Heads).to(ScalarType.Float64);
        Tensor scores = einsum("bnhc,bmhc->bhnm", Split(query), Split(key)) / Math.Sqrt(Width / (double)Heads);
        return einsum("bhnm,bmhc->bnhc", scores.softmax(-1), Split(value)).flatten(2).to(ScalarType.Float32);
    }

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, tolerance);
    }
}
