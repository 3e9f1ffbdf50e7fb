namespace Levare.Solvers;

/// <summary>What a solver of higher order does as a run ends. With few steps, lower orders are safer there.</summary>
public enum FinalOrders
{
    /// <summary>Full order to the last step.</summary>
    Full,

    /// <summary>The last step is of first order.</summary>
    LastFirst,

    /// <summary>No order above the number of steps that are left: ..., 3, 2, 1.</summary>
    Falling,
}
