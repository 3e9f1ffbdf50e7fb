using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks.Attention;
using Levare.Networks.UNet;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Networks.Control;

/// <summary>How what a ControlNet adds is weighted by depth.</summary>
public enum DepthWeighting
{
    /// <summary>All the same.</summary>
    Even,

    /// <summary>From a tenth at the first skip, in equal ratios, to all of it at the bottom: diffusers' guess mode, for runs without words.</summary>
    Rising,
}

/// <summary>A ControlNet in its place beside a U-Net.</summary>
/// <param name="Network">The network; it stays the caller's.</param>
/// <param name="Weighting">How what it adds is weighted by depth; networks that pool globally know no depth.</param>
public sealed record ControlBranch(ControlNet Network, DepthWeighting Weighting = DepthWeighting.Even);

/// <summary>A U-Net with what steers it: ControlNets beside it, pictures as prompts, changes to its inside. None of them is written to; a run makes one of its own.</summary>
/// <remarks>
/// Conditions, for the k-th ControlNet and the k-th IP-Adapter: <see cref="ConditionNames.ControlImage"/>, <see cref="ConditionNames.ImagePrompt"/>, and how much they count for
/// each row, 1 where it is not said: <see cref="ConditionNames.ControlScale"/>, <see cref="ConditionNames.ImagePromptScale"/>. A ControlNet is not run for rows of scale 0:
/// so the negative rows of guess mode have that, and all rows beyond its first and last step. Disposing it disposes none of the networks.
/// </remarks>
public sealed class ControlledNetwork(UNet2DCondition network) : DenoisingNetwork(nameof(ControlledNetwork))
{
    // A function, not the network: a field of a module's type would make it a part of this one, and its weights this one's to move and to dispose.
    private readonly Func<Tensor, Tensor, Condition, UNetInterventions, Tensor> _evaluate = network.Evaluate;

    /// <summary>ControlNets; what they say is summed.</summary>
    public ImmutableArray<ControlBranch> ControlNets { get; init; } = [];

    /// <summary>IP-Adapters, each for a picture (or several) of its own.</summary>
    public ImmutableArray<IpAdapter> ImagePrompts { get; init; } = [];

    /// <summary>What is done to the U-Net's inside.</summary>
    public UNetInterventions Interventions { get; init; } = UNetInterventions.None;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A condition's shape does not fit, or a ControlNet belongs to another kind of model.</exception>
    /// <exception cref="KeyNotFoundException">A condition is missing.</exception>
    public override Tensor forward(Tensor input, Tensor time, Condition condition)
    {
        using var scope = NewDisposeScope();
        UNetInterventions interventions = Interventions with
        {
            Residuals = Residuals(input, time, condition),
            Images = [.. ImagePrompts.Select((adapter, k) => Prompt(adapter, k, input, condition))],
        };
        return _evaluate(input, time, condition, interventions).MoveToOuterDisposeScope();
    }

    private UNetResiduals? Residuals(Tensor input, Tensor time, Condition condition) => ControlNets
        .Select((branch, k) => Residuals(branch, input, time.expand(input.shape[0]), condition, condition[ConditionNames.ControlImage(k)], Scale(condition, ConditionNames.ControlScale(k), input)))
        .Aggregate((UNetResiduals?)null, (sum, next) => sum is null ? next : next is null ? sum : sum + next);

    private static UNetResiduals? Residuals(ControlBranch branch, Tensor input, Tensor time, Condition condition, Tensor picture, Tensor scale)
    {
        long[] rows = RowsThatCount(scale);
        if (rows.Length == 0) return null;
        if (rows.Length == input.shape[0]) return Weighted(branch, branch.Network.Evaluate(input, time, condition, picture), scale);
        Tensor index = tensor(rows, device: input.device);
        Tensor Chosen(Tensor all) => all.index_select(0, index);
        UNetResiduals some = Weighted(
            branch, branch.Network.Evaluate(Chosen(input), Chosen(time), condition.Map((_, all) => Chosen(all)), Chosen(picture)), Chosen(scale));
        return some.Map((residual, _) => zeros([input.shape[0], .. residual.shape[1..]], residual.dtype, residual.device).index_copy_(0, index, residual));
    }

    private static UNetResiduals Weighted(ControlBranch branch, UNetResiduals residuals, Tensor scale)
    {
        bool pools = branch.Network.Config.PoolsGlobally, rises = branch.Weighting == DepthWeighting.Rising && !pools;
        int count = residuals.Skips.Count;
        return residuals.Map((residual, place) =>
        {
            Tensor weighted = residual * (scale.to(residual.dtype) * (rises ? Math.Pow(10, (double)place / count - 1) : 1)).view(-1, 1, 1, 1);
            return pools ? weighted.mean([2, 3], keepdim: true) : weighted;
        });
    }

    private static ImagePrompt Prompt(IpAdapter adapter, int place, Tensor input, Condition condition) =>
        new(adapter.Tokens(condition[ConditionNames.ImagePrompt(place)]), Scale(condition, ConditionNames.ImagePromptScale(place), input), adapter.Layers);

    private static Tensor Scale(Condition condition, string name, Tensor input)
    {
        long batch = input.shape[0];
        if (condition.Find(name) is not { } scale) return ones(batch, device: input.device);
        return scale.dim() == 1 && scale.shape[0] == batch ? scale : throw new ArgumentException(
            $"The condition '{name}' is [{string.Join(", ", scale.shape)}], where [{batch}] is expected: one scale for each row.", nameof(condition));
    }

    private static long[] RowsThatCount(Tensor scale)
    {
        float[] scales = scale.to(ScalarType.Float32).cpu().data<float>().ToArray();
        return [.. Enumerable.Range(0, scales.Length).Where(row => scales[row] != 0).Select(row => (long)row)];
    }
}
