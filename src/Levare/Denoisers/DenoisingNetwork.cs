using Levare.Conditioning;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>A network that predicts something of the clean data behind a noisy input; it knows no schedule.</summary>
/// <param name="name">The module's name.</param>
/// <remarks>
/// <c>forward(input, time, condition)</c>: input [batch, channels, ...], already scaled; time [batch], what the parameterisation
/// tells of the level; the result has the input's shape (or twice its channels when a variance is learned).
/// Field names are the checkpoint's key names. Inference from several threads at once is safe.
/// </remarks>
public abstract class DenoisingNetwork(string name) : nn.Module<Tensor, Tensor, Condition, Tensor>(name);
