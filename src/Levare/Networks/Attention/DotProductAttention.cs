using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Attention;

/// <summary>Which tokens a token sees.</summary>
internal enum AttentionPattern
{
    /// <summary>All of them.</summary>
    Full,

    /// <summary>Itself and those before it.</summary>
    Causal,
}

/// <summary>Multi-head scaled dot-product attention (Vaswani et al. 2017, eq. 1): the one function behind the attention layers of large networks.</summary>
/// <remarks>
/// It never holds a score matrix above <see cref="AttentionMemory.LargestScores"/>. Torch's fused operator holds none on a CPU, but is slow there in half
/// precision: two products and a softmax between them, for as many rows as stay in the cache, take half the time or less.
/// </remarks>
internal static class DotProductAttention
{
    // Measured on two cores: beyond this many scores of all heads together (4 MiB of bfloat16) it is faster to take one head after the other, in blocks of rows.
    private const long ScoresAtOnce = 1 << 21;
    private const long RowsAtOnce = 512;

    /// <summary>softmax(q k^T / sqrt(width / heads)) v, for every head by itself.</summary>
    /// <param name="query">[batch, n, width].</param>
    /// <param name="key">[batch, m, width].</param>
    /// <param name="value">[batch, m, width].</param>
    /// <param name="heads">A divisor of the width.</param>
    /// <param name="pattern">Which keys a query sees; where that is not all, n = m.</param>
    /// <returns>[batch, n, width].</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, int heads, AttentionPattern pattern = AttentionPattern.Full)
    {
        bool records = is_grad_enabled() && (query.requires_grad || key.requires_grad || value.requires_grad);
        bool isHalf = query.dtype is ScalarType.BFloat16 or ScalarType.Float16;
        if (pattern == AttentionPattern.Causal || records) return Fused(query, key, value, heads, pattern);
        if (query.device_type != DeviceType.CPU) return InBlocks(query, RowsWithin(query, key, heads), rows => Fused(rows, key, value, heads, pattern));
        if (!isHalf) return Fused(query, key, value, heads, pattern);
        long scores = query.shape[0] * heads * query.shape[1] * key.shape[1];
        return scores <= Math.Min(ScoresAtOnce, AttentionMemory.LargestScores / query.element_size())
            ? ProductAttention.Attend(query, key, value, heads, bias: null)
            : HeadByHead(query, key, value, heads);
    }

    /// <summary>The weights with which each query takes the values: softmax(q k^T / sqrt(width / heads)), [batch, heads, n, m].</summary>
    public static Tensor Weights(Tensor query, Tensor key, int heads)
    {
        using var scope = NewDisposeScope();
        Tensor scaled = Split(query, heads) * (1 / Math.Sqrt(query.shape[2] / (double)heads));
        return einsum("bhnc,bhmc->bhnm", scaled, Split(key, heads)).softmax(-1).MoveToOuterDisposeScope();
    }

    private static Tensor Fused(Tensor query, Tensor key, Tensor value, int heads, AttentionPattern pattern)
    {
        using var scope = NewDisposeScope();
        Tensor attended = nn.functional.scaled_dot_product_attention(
            Split(query, heads), Split(key, heads), Split(value, heads), is_casual: pattern == AttentionPattern.Causal);
        return attended.transpose(1, 2).flatten(2).MoveToOuterDisposeScope();
    }

    /// <summary>The same as <see cref="Attend"/>, for every row and head by itself and in blocks of queries, as products.</summary>
    internal static Tensor HeadByHead(Tensor query, Tensor key, Tensor value, int heads)
    {
        using var scope = NewDisposeScope();
        Tensor[] items = new Tensor[query.shape[0]];
        for (int item = 0; item < items.Length; item++)
        {
            Tensor[] q = query[item].chunk(heads, dim: 1), k = key[item].chunk(heads, dim: 1), v = value[item].chunk(heads, dim: 1);
            items[item] = cat([.. Enumerable.Range(0, heads).Select(head => OneHead(q[head], k[head], v[head]))], 1);
        }
        return stack(items).MoveToOuterDisposeScope();
    }

    // [n, width], [m, width], [m, width] -> [n, width]
    private static Tensor OneHead(Tensor query, Tensor key, Tensor value)
    {
        using var scope = NewDisposeScope();
        Tensor scaledKeys = (key * (1 / Math.Sqrt(key.shape[1]))).t().contiguous(), values = value.contiguous();
        long fitting = Math.Max(1, AttentionMemory.LargestScores / (key.shape[0] * key.element_size()));
        return InBlocks(query.unsqueeze(0), Math.Min(RowsAtOnce, fitting), rows => mm(mm(rows[0].contiguous(), scaledKeys).softmax(-1), values).unsqueeze(0))
            .squeeze(0).MoveToOuterDisposeScope();
    }

    // How many queries of all rows and heads together have scores within the bound.
    private static long RowsWithin(Tensor query, Tensor key, int heads) =>
        Math.Max(1, AttentionMemory.LargestScores / (query.shape[0] * heads * key.shape[1] * query.element_size()));

    private static Tensor InBlocks(Tensor query, long rows, Func<Tensor, Tensor> attend)
    {
        if (query.shape[1] <= rows) return attend(query);
        using var scope = NewDisposeScope();
        List<Tensor> blocks = [];
        foreach (Tensor block in query.split(rows, dim: 1))
        {
            using var one = NewDisposeScope();
            blocks.Add(attend(block).MoveToOuterDisposeScope());
        }
        return cat(blocks, 1).MoveToOuterDisposeScope();
    }

    // [batch, tokens, width] -> [batch, heads, tokens, width / heads]
    private static Tensor Split(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);
}
