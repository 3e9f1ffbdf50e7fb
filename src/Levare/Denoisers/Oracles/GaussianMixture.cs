using Levare.Conditioning;
using Levare.Paths;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers.Oracles;

/// <summary>A mixture of Gaussians, isotropic or with covariances: the simplest data with several modes and classes.</summary>
/// <remarks>
/// The estimate is the responsibility-weighted mean of what each component alone would say. With the condition
/// <see cref="ComponentKey"/> a row knows the component that it comes from, so the mixture serves as a class-conditional model too.
/// </remarks>
public sealed class GaussianMixture : IOracle
{
    /// <summary>The name of the condition, int64 [batch], that tells a row's component; a negative one leaves it open.</summary>
    public const string ComponentKey = "component";

    private readonly Tensor _weights;
    private readonly Tensor _means;
    private readonly Tensor _variances;
    private readonly Tensor? _axes;

    private GaussianMixture(Tensor weights, Tensor means, Tensor variances, Tensor? axes)
    {
        _weights = weights;
        _means = means;
        _variances = variances;
        _axes = axes;
    }

    /// <inheritdoc/>
    public long Dimensions => _means.shape[1];

    /// <summary>The number of Gaussians.</summary>
    public long Components => _means.shape[0];

    /// <summary>Each component's share, float64 [components], summing to 1.</summary>
    internal Tensor Weights => _weights;

    /// <summary>Float64 [components, dimensions].</summary>
    internal Tensor Means => _means;

    /// <summary>The variances along each component's own axes, float64 [components, dimensions].</summary>
    internal Tensor Variances => _variances;

    /// <summary>Components that are spheres.</summary>
    /// <param name="weights">[components], above 0; they are normalised.</param>
    /// <param name="means">[components, dimensions].</param>
    /// <param name="deviations">The standard deviation of each, [components], 0 or more.</param>
    public static GaussianMixture Isotropic(Tensor weights, Tensor means, Tensor deviations)
    {
        RequireMeans(means);
        OracleState.RequireShape(deviations, nameof(deviations), means.shape[0]);
        using DisposeScope scope = NewDisposeScope();
        Tensor variances = deviations.to(ScalarType.Float64).square().unsqueeze(1).expand(means.shape).contiguous();
        return new(Normalise(weights, means.shape[0]), OracleState.Copy(means), OracleState.Copy(variances), axes: null);
    }

    /// <summary>Components of any covariance.</summary>
    /// <param name="weights">[components], above 0; they are normalised.</param>
    /// <param name="means">[components, dimensions].</param>
    /// <param name="covariances">[components, dimensions, dimensions], each symmetric and positive semi-definite.</param>
    public static GaussianMixture Full(Tensor weights, Tensor means, Tensor covariances)
    {
        RequireMeans(means);
        OracleState.RequireShape(covariances, nameof(covariances), means.shape[0], means.shape[1], means.shape[1]);
        (Tensor variances, Tensor axes) = PrincipalAxes.Of(covariances);
        return new(Normalise(weights, means.shape[0]), OracleState.Copy(means), variances, axes);
    }

    /// <inheritdoc/>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        using DisposeScope scope = NewDisposeScope();
        Device device = state.device;
        Tensor x = OracleState.Flatten(state, Dimensions), means = _means.to(device), own = _variances.to(device);
        Tensor variances = (own * (level.Alpha * level.Alpha) + level.Sigma * level.Sigma).clamp_min(OracleState.SmallestVariance);
        // [batch, component, axis]: where a row lies, seen from each component.
        Tensor offsets = Turn("bkd,kda->bka", x.unsqueeze(1) - means * level.Alpha);
        Tensor scores = _weights.to(device).log() - (offsets.square() / variances + variances.log()).sum([-1]) / 2;
        Tensor shares = nn.functional.softmax(Restrict(scores, condition), 1);
        Tensor estimates = means + Turn("bka,kda->bkd", offsets * (own * level.Alpha / variances));
        return new(OracleState.Restore((shares.unsqueeze(-1) * estimates).sum([1]), state).MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public Tensor Mean()
    {
        using DisposeScope scope = NewDisposeScope();
        return (_weights.unsqueeze(1) * _means).sum([0]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Covariance()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor centred = _means - Mean();
        Tensor within = _axes is null ? diag_embed(_variances) : einsum("kda,ka,kea->kde", _axes, _variances, _axes);
        Tensor between = einsum("kd,ke->kde", centred, centred);
        return (_weights.reshape(-1, 1, 1) * (within + between)).sum([0]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Sample(long count, long seed)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new((ulong)seed, CPU);
        Tensor components = multinomial(_weights, count, replacement: true, generator: generator);
        Tensor draws = randn(count, Dimensions, dtype: ScalarType.Float64, generator: generator) * _variances[components].sqrt();
        if (_axes is not null) draws = einsum("na,nda->nd", draws, _axes[components]);
        return (_means[components] + draws).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weights.Dispose();
        _means.Dispose();
        _variances.Dispose();
        _axes?.Dispose();
    }

    private Tensor Turn(string equation, Tensor offsets) => _axes is null ? offsets : einsum(equation, offsets, _axes.to(offsets.device));

    private Tensor Restrict(Tensor scores, Condition condition)
    {
        if (condition.Find(ComponentKey) is not { } component) return scores;
        OracleState.RequireShape(component, ComponentKey, scores.shape[0]);
        Tensor chosen = component.to(scores.device).unsqueeze(1);
        Tensor allowed = chosen.lt(0).logical_or(chosen.eq(arange(Components, ScalarType.Int64, scores.device)));
        return scores.masked_fill(allowed.logical_not(), double.NegativeInfinity);
    }

    private static void RequireMeans(Tensor means)
    {
        if (means.ndim != 2) throw new ArgumentException($"'means' must be [components, dimensions], not [{string.Join(", ", means.shape)}].", nameof(means));
    }

    private static Tensor Normalise(Tensor weights, long components)
    {
        OracleState.RequireShape(weights, nameof(weights), components);
        using DisposeScope scope = NewDisposeScope();
        Tensor shares = weights.detach().to(ScalarType.Float64);
        if (!(shares.min().item<double>() > 0)) throw new ArgumentException("Every weight of a mixture must be above 0.", nameof(weights));
        return (shares / shares.sum()).DetachFromDisposeScope();
    }
}
