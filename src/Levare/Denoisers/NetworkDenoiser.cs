using Levare.Conditioning;
using Levare.Parameterisations;
using Levare.Paths;
using static TorchSharp.torch;

namespace Levare.Denoisers;

/// <summary>A network with the parameterisation that it was trained in, as a denoiser.</summary>
public sealed class NetworkDenoiser(DenoisingNetwork network, Parameterisation parameterisation) : IDenoiser
{
    /// <inheritdoc/>
    /// <remarks>A network that gives twice the state's channels predicts a variance in the second half.</remarks>
    public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
    {
        Preconditioning c = parameterisation.At(level);
        Tensor input = c.Input == 1 ? state : state * c.Input;
        Tensor time = full([state.shape[0]], c.Noise, dtype: ScalarType.Float32, device: state.device);
        Tensor output = network.forward(input, time, condition);
        bool learnsVariance = output.shape[1] == 2 * state.shape[1];
        Tensor? variance = learnsVariance ? output.narrow(1, state.shape[1], state.shape[1]) : null;
        if (learnsVariance) output = output.narrow(1, 0, state.shape[1]);
        return new(parameterisation.ToDenoised(output, state, level))
        {
            Variance = variance,
            // Without noise in the state the estimate implies none, yet a step towards noise needs it.
            Noise = level.Sigma == 0 ? parameterisation.ToNoise(output, state, level) : null,
        };
    }

    /// <inheritdoc/>
    public IDenoiser ForRun(DenoisingRun run) => new Cancellable(this, run);

    // However many evaluations guidance asks for, each can be the one before which the run stops.
    private sealed class Cancellable(NetworkDenoiser denoiser, DenoisingRun run) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            run.ThrowIfCancelled();
            return denoiser.Denoise(state, level, condition);
        }
    }
}
