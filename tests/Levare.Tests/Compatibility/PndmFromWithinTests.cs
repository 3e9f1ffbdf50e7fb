using System.Text;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using Levare.Runtime;
using Levare.Sampling;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Compatibility;

public sealed class PndmFromWithinTests
{
    private readonly DiffusersSchedule _whole = DiffusersScheduler.Create(DiffusersScheduler.ReadConfig(PythonJson.Parse(Encoding.UTF8.GetBytes("""
        {"_class_name": "PNDMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "skip_prk_steps": false, "steps_offset": 1}
        """)).RootElement), new(6));

    [Fact]
    public void The_network_is_told_the_rest_of_the_listed_timesteps()
    {
        Told network = new([]);
        Run(network, _whole.Last(0.5));
        Assert.Equal(_whole.Timesteps.Skip(3), network.Times);
    }

    [Fact]
    public void Each_Runge_Kutta_step_sets_out_from_the_level_of_one_of_the_whole_schedules_first_three()
    {
        // Without noise in the state each step scales by what is left of the data behind it, for what there was before it.
        double Alpha(int call) => _whole.Path.At(_whole.Timesteps[call]).Alpha;
        double expected = Alpha(6) / Alpha(0) * Alpha(10) / Alpha(4) * Alpha(14) / Alpha(8);
        Assert.Equal(expected, Run(new([]), _whole.Last(0.5)), 1e-5);
    }

    [Theory]
    [InlineData(0.34, 11)]
    [InlineData(0.84, 14)]
    public void A_run_may_end_within_a_Runge_Kutta_step_or_go_on_by_multistep(double strength, int calls)
    {
        Told network = new([]);
        Assert.True(double.IsFinite(Run(network, _whole.Last(strength))));
        Assert.Equal(calls, network.Times.Count);
    }

    // The state at the end of a run that set out from 1.
    private static double Run(Told network, ScheduleSlice slice)
    {
        using Tensor start = ones(1, 1, 1, 1);
        using SeededNoise noise = new(1);
        using Tensor last = Sampler.Sample(network, slice.Solver, slice.Schedule.Grid, start, noise, steps: slice.Steps);
        return last.item<float>();
    }

    /// <summary>Says that there is no noise, and remembers the times.</summary>
    private sealed record Told(List<double> Times) : IDenoiser
    {
        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Times.Add(level.Time);
            return new(state / level.Alpha);
        }

        public IDenoiser ForRun(DenoisingRun run) => this;
    }
}
