using Levare.Denoisers;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Solvers;

/// <summary>
/// Exponential Adams methods: the step's integral is taken over the polynomial through the latest outputs (a predictor, Adams-Bashforth), and may be
/// taken again when the next output is known (a corrector, Adams-Moulton). One evaluation a step.
/// </summary>
/// <remarks>
/// DPM-Solver and DPM-Solver++ multistep, DEIS, UniPC and SA-Solver all are this, as Xue et al. 2023 (section 5) and Zhao et al. 2023 (section 3.4)
/// show; they differ in integrand, in the integral's rule and in whether they correct. Exact where the integrand is constant. A step to sigma = 0
/// gives alpha times the estimate itself, whatever the order.
/// </remarks>
public abstract record ExponentialAdams : ISolver
{
    private readonly int _order = 2;

    /// <summary>The number of outputs that the predictor goes through, 1..4: its order.</summary>
    public int Order
    {
        get => _order;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 4);
            _order = value;
        }
    }

    /// <summary>What is interpolated.</summary>
    public Integrand Integrand { get; init; }

    /// <summary>How the polynomial is integrated.</summary>
    public MomentRule Rule { get; init; } = MomentRule.Exact;

    /// <summary>The orders of the last steps.</summary>
    public FinalOrders FinalOrders { get; init; } = FinalOrders.Falling;

    /// <summary>The number of outputs, the new one among them, that the corrector goes through; 0 without one.</summary>
    protected virtual int CorrectorPoints => 0;

    /// <summary>Whether each step takes a noise draw (a step with tau = 0 too, so that the draws do not depend on the levels).</summary>
    protected virtual bool IsStochastic => false;

    /// <summary>How much noise the step from a level puts back: 0 the ODE, 1 the reverse SDE.</summary>
    protected virtual double Tau(NoiseLevel level) => 0;

    /// <summary>Whether the state that a step reached is corrected.</summary>
    /// <param name="stepIndex">The index of that step in the grid.</param>
    protected virtual bool Corrects(int stepIndex) => true;

    /// <inheritdoc/>
    public SolverResult Step(SolverStep step, SolverMemory? memory)
    {
        Estimate estimate = step.Denoise(step.State, step.Now);
        Point point = new(step.Now, Integrand == Integrand.Denoised ? estimate.Denoised : estimate.Epsilon(step.State, step.Now));
        History? history = memory as History;
        Tensor state = history is null ? step.State : Correct(step, history, point);
        Point[] points = [point, .. (history?.Points ?? []).Take(Math.Max(Order, CorrectorPoints - 1) - 1)];
        Tensor? noise = IsStochastic ? step.Noise.Draw(step.Now, step.Next, state.shape) : null;
        return new(Predict(step, state, estimate.Denoised, points, noise), estimate.Denoised, new History(points, CorrectorPoints > 0 ? state : null, CorrectorPoints > 0 ? noise : null));
    }

    private Tensor Predict(SolverStep step, Tensor state, Tensor denoised, Point[] points, Tensor? noise)
    {
        // Where nothing is left of the data, noise says nothing of it: the estimate itself does, and the step is Euler's.
        if (Integrand == Integrand.Noise && step.Now.Alpha == 0) return denoised * step.Next.Alpha + points[0].Output * step.Next.Sigma;
        if (step.Next.Sigma == 0) return Denoised(state, points[0]) * step.Next.Alpha;
        int order = FinalOrders switch
        {
            FinalOrders.Falling => Math.Min(Order, step.Grid.Steps - step.Index),
            FinalOrders.LastFirst when step.IsLast => 1,
            _ => Order,
        };
        return Advance(step.Now, step.Next, state, points.Take(order), noise);
    }

    private Tensor Correct(SolverStep step, History history, Point point)
    {
        int points = FinalOrders == FinalOrders.Falling ? Math.Min(CorrectorPoints, step.Grid.Steps - step.Index + 2) : CorrectorPoints;
        NoiseLevel from = history.Points[0].Level;
        return points == 0 || !Corrects(step.Index - 1) || double.IsInfinity(from.Lambda)
            ? step.State
            : Advance(from, step.Now, history.State!, history.Points.Prepend(point).Take(points), history.Noise);
    }

    private Tensor Advance(NoiseLevel from, NoiseLevel to, Tensor state, IEnumerable<Point> points, Tensor? noise)
    {
        ExponentialStep step = ExponentialStep.Between(from, to, Integrand, Tau(from));
        // A level without data (lambda = -infinity) has no place in a polynomial of lambda: a step from it is of first order.
        Point[] used = [.. points.Where((point, index) => index == 0 || double.IsFinite(point.Level.Lambda)).Take(double.IsInfinity(step.Length) ? 1 : int.MaxValue)];
        return step.Length == 0 ? state * 1
            : step.Apply(state, [.. used.Select(point => point.Level.Lambda - from.Lambda)], used.Select(point => point.Output), Rule, noise);
    }

    private Tensor Denoised(Tensor state, Point point) =>
        Integrand == Integrand.Denoised ? point.Output : (state - point.Output * point.Level.Sigma) / point.Level.Alpha;

    private readonly record struct Point(NoiseLevel Level, Tensor Output);

    /// <summary>The latest outputs, newest first, and for a corrector what the last step started from.</summary>
    private sealed record History(Point[] Points, Tensor? State, Tensor? Noise) : SolverMemory
    {
        public override IEnumerable<Tensor> Tensors =>
            Points.Select(point => point.Output).Concat(new[] { State, Noise }.OfType<Tensor>());
    }
}
