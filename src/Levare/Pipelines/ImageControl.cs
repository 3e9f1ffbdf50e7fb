using Levare.Pipelines.Tasks;

namespace Levare.Pipelines;

/// <summary>What steers a run beside words and task: a control picture for a ControlNet, a picture for an IP-Adapter. Immutable.</summary>
public abstract record ImageControl
{
    private protected ImageControl() { }

    /// <summary>What recipes say of it; null for nothing.</summary>
    internal virtual ControlRecipe? ToRecipe() => null;

    /// <summary>What it adds to a run, after the task has made its draws.</summary>
    internal abstract RunPart Prepare(TaskContext context);
}
