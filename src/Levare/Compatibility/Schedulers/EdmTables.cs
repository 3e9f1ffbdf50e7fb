using System.Collections.Immutable;
using Levare.Paths;
using Levare.Solvers;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Compatibility.Schedulers;

/// <summary>What the DPM-Solver classes with EDM's preconditioning share.</summary>
internal static class EdmTables
{
    /// <summary>The schedule, but for what the network predicts.</summary>
    /// <param name="config">Ends, spacing and solver.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="time">The timestep of a sigma.</param>
    /// <param name="parameterisation">What the network predicts.</param>
    public static DiffusersSchedule Schedule(
        SchedulerConfig config, int steps, Func<float, float> time, Parameterisations.Parameterisation parameterisation)
    {
        if (config.SolverOrder > 2 && config.AlgorithmType != "dpmsolver++")
            throw new NotSupportedException($"{config.ClassName} has no third order with noise.");
        (double min, double max) = (config.SigmaMin!.Value, config.SigmaMax!.Value);
        float[] sigmas = Sigmas(config, min, max, steps);
        ImmutableArray<double> timesteps = [.. sigmas.Select(sigma => (double)time(sigma))];
        ImmutableArray<double> all = [.. sigmas, config.FinalSigmasType == FinalSigma.Min ? (float)min : 0];
        return new()
        {
            Path = new EdmPath(min, max),
            Grid = SigmaTable.ExplodingGrid(timesteps, all),
            Solver = DpmSolverMultistepScheduler.Solver(config, steps),
            Parameterisation = parameterisation,
            InitialScale = Math.Sqrt(max * max + 1),
            Timesteps = timesteps,
            Sigmas = all,
        };
    }

    // In float32, as the classes have it: a Brownian motion tells sigmas apart that differ in their last digit.
    private static float[] Sigmas(SchedulerConfig config, double min, double max, int steps)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. (config.SigmaSchedule switch
        {
            "karras" => (linspace(0, 1, steps, ScalarType.Float32) * (Root(min) - Root(max)) + Root(max)).pow(config.Rho),
            "exponential" => linspace(Math.Log(min), Math.Log(max), steps, ScalarType.Float32).exp().flip(0),
            string other => throw new NotSupportedException($"sigma_schedule '{other}' is not known; known are karras and exponential."),
        }).data<float>()];

        double Root(double sigma) => Math.Pow(sigma, 1 / config.Rho);
    }
}
