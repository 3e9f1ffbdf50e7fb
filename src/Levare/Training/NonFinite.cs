using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Finds where values first stop being finite.</summary>
internal static class NonFinite
{
    /// <summary>The first module, in order of its turn, whose output is not finite; null when all that can be watched are.</summary>
    /// <param name="network">Its modules with one input and one output are watched.</param>
    /// <param name="run">Runs it forward.</param>
    public static string? InActivations(nn.Module network, Action run)
    {
        string? first = null;
        List<IDisposable> hooks = [];
        try
        {
            foreach ((string name, nn.Module module) in network.named_modules())
                if (module is nn.Module<Tensor, Tensor> plain)
                    hooks.Add(new Hook(plain.register_forward_hook((_, _, output) =>
                    {
                        if (first is null && !IsFinite(output)) first = $"the output of '{name}'";
                        return output;
                    })));
            using (no_grad()) run();
        }
        finally
        {
            foreach (IDisposable hook in hooks) hook.Dispose();
        }
        return first;
    }

    /// <summary>The parameter that backpropagation met first with a gradient that is not finite; null when all are finite.</summary>
    public static string? InGradients(string[] names, Tensor?[] gradients)
    {
        for (int i = names.Length - 1; i >= 0; i--)
            if (gradients[i] is { } gradient && !IsFinite(gradient)) return $"the gradient of '{names[i]}'";
        return null;
    }

    private static bool IsFinite(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return !tensor.is_floating_point() || tensor.isfinite().all().item<bool>();
    }

    private sealed class Hook(nn.Module<Tensor, Tensor>.HookRemover remover) : IDisposable
    {
        public void Dispose() => remover.remove();
    }
}
