using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>Multi-head scaled dot-product attention (Vaswani et al. 2017, eq. 1): the one function behind every attention layer.</summary>
internal static class DotProductAttention
{
    /// <summary>softmax(q k^T / sqrt(width / heads)) v, for every head by itself.</summary>
    /// <param name="query">[batch, n, width].</param>
    /// <param name="key">[batch, m, width].</param>
    /// <param name="value">[batch, m, width].</param>
    /// <param name="heads">A divisor of the width.</param>
    /// <returns>[batch, n, width].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, int heads)
    {
        using var scope = NewDisposeScope();
        Tensor attended = nn.functional.scaled_dot_product_attention(Split(query, heads), Split(key, heads), Split(value, heads));
        return attended.transpose(1, 2).flatten(2).MoveToOuterDisposeScope();
    }

    // [batch, tokens, width] -> [batch, heads, tokens, width / heads]
    private static Tensor Split(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);
}
