namespace Levare.Adapters;

/// <summary>What a tensor is in a module of an adapter.</summary>
internal enum AdapterRole
{
    Alpha,
    Down,
    Up,
    Mid,
    UpBias,
    DoraScale,
    MagnitudeVector,
    HadaW1A,
    HadaW1B,
    HadaT1,
    HadaW2A,
    HadaW2B,
    HadaT2,
    KronW1,
    KronW1A,
    KronW1B,
    KronW2,
    KronW2A,
    KronW2B,
    KronT2,
    Difference,
    BiasDifference,
}
