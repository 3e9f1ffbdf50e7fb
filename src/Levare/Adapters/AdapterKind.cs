namespace Levare.Adapters;

/// <summary>How a module of an adapter tells the change of a weight.</summary>
public enum AdapterKind
{
    /// <summary>up x down, and for convolutions up x mid x down: LoRA (Hu et al. 2021) and LoCon.</summary>
    LowRank,

    /// <summary>The element-wise product of two low-rank matrices: LoHa (Hyeon-Woo et al. 2021).</summary>
    Hadamard,

    /// <summary>The Kronecker product of two factors, either of which may be of low rank: LoKr (Edalati et al. 2022).</summary>
    Kronecker,

    /// <summary>The change itself.</summary>
    Difference,
}
