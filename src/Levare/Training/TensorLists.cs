using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Training;

/// <summary>Operations on whole lists of tensors at once: libtorch has them, and TorchSharp's binding lacks them. Thread-safe.</summary>
internal static class TensorLists
{
    private static readonly Lazy<jit.CompilationUnit> Script = new(() => jit.compile("""
        def adamw(parameters: List[Tensor], gradients: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor], rate: float, beta1: float, beta2: float, decay: float, epsilon: float):
          none : List[Tensor] = []
          torch._fused_adamw_(parameters, gradients, first, second, none, steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon, amsgrad=False, maximize=False)
          return 0

        def lerp(targets: List[Tensor], sources: List[Tensor], weight: float):
          torch._foreach_lerp_(targets, sources, weight)
          return 0

        def norm(tensors: List[Tensor]):
          return torch.linalg_vector_norm(torch.stack(torch._foreach_norm(tensors)))

        def scale(tensors: List[Tensor], factor: Tensor):
          torch._foreach_mul_(tensors, factor)
          return 0

        def copy(targets: List[Tensor], sources: List[Tensor]):
          torch._foreach_copy_(targets, sources)
          return 0

        """.ReplaceLineEndings("\n")));

    /// <summary>One step of AdamW (Loshchilov and Hutter 2019), in one pass over memory; the step is a float32 scalar, 1 for the first.</summary>
    public static void AdamW(Tensor[] parameters, Tensor[] gradients, Tensor[] first, Tensor[] second, Tensor step,
        double rate, double beta1, double beta2, double decay, double epsilon)
    {
        Tensor[] steps = [.. Enumerable.Repeat(step, parameters.Length)];
        _ = Script.Value.invoke("adamw", parameters, gradients, first, second, steps, rate, beta1, beta2, decay, epsilon);
    }

    /// <summary>Moves each target towards its source: <c>target += weight * (source - target)</c>.</summary>
    public static void Lerp(Tensor[] targets, Tensor[] sources, double weight) => _ = Script.Value.invoke("lerp", targets, sources, weight);

    /// <summary>The Euclidean norm of all of them together, a scalar.</summary>
    public static Tensor Norm(Tensor[] tensors) => (Tensor)Script.Value.invoke("norm", (object)tensors);

    /// <summary>Multiplies each by a scalar tensor, in place.</summary>
    public static void Scale(Tensor[] tensors, Tensor factor) => _ = Script.Value.invoke("scale", tensors, factor);

    /// <summary>Copies each source into its target, converting the element type.</summary>
    public static void Copy(Tensor[] targets, Tensor[] sources) => _ = Script.Value.invoke("copy", targets, sources);
}
