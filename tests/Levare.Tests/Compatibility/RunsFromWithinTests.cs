using System.Text.Json;
using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Paths;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Compatibility;

public sealed class RunsFromWithinTests
{
    private const int Steps = 8;

    /// <summary>Classes, with the calls of the network that their lists have for each step but the first.</summary>
    [Theory]
    [InlineData("DDIMScheduler", 1)]
    [InlineData("DPMSolverMultistepScheduler", 1)]
    [InlineData("DPMSolverSinglestepScheduler", 1)]
    [InlineData("EulerDiscreteScheduler", 1)]
    [InlineData("HeunDiscreteScheduler", 2)]
    [InlineData("KDPM2DiscreteScheduler", 2)]
    [InlineData("LCMScheduler", 1)]
    [InlineData("LMSDiscreteScheduler", 1)]
    [InlineData("PNDMScheduler", 1)]
    [InlineData("UniPCMultistepScheduler", 1)]
    public void A_run_from_within_asks_the_network_at_the_timesteps_that_the_list_has_from_there(string scheduler, int calls)
    {
        DiffusersSchedule schedule = Schedule(scheduler);
        for (int first = 0; first < Steps; first++)
            Assert.Equal(schedule.Timesteps.Skip(first * calls).Select(Rounded), Asked(schedule.From(first)).Select(Rounded));
    }

    [Fact]
    public void A_run_from_within_is_at_its_first_level_where_the_list_has_its_first_timestep()
    {
        DiffusersSchedule pndm = Schedule("PNDMScheduler");
        Assert.Equal(pndm.Timesteps[5], pndm.From(5).Start.Time);
        Assert.Equal(pndm.Grid[4], pndm.From(5).Start);
        DiffusersSchedule euler = Schedule("EulerDiscreteScheduler");
        Assert.Equal(euler.Grid[5], euler.From(5).Start);
    }

    [Fact]
    public void Linear_multistep_from_within_weighs_as_if_the_levels_before_had_been_visited()
    {
        using var scope = NewDisposeScope();
        DiffusersSchedule schedule = Schedule("LMSDiscreteScheduler");
        ScheduleSlice step = schedule.From(5) with { End = 6 };
        double[] levels = [.. Enumerable.Range(0, 4).Select(back => schedule.Grid[5 - back].Sigma)];
        // The denoiser halves the state, so that the noise is half the state over sigma.
        double expected = 3 + LinearMultistep.Weights(levels, schedule.Grid[6].Sigma)[0] * 1.5 / levels[0];
        Assert.Equal(expected, Run(step, ones(1, 2) * 3)[0, 0].item<float>(), 1e-4);
    }

    [Fact]
    public void Two_parts_of_a_run_that_remembers_nothing_make_the_whole()
    {
        DiffusersSchedule schedule = Schedule("DDIMScheduler");
        using var scope = NewDisposeScope();
        Tensor start = ones(1, 2) * 3;
        Tensor whole = Run(schedule.Whole, start), first = Run(schedule.Whole with { End = 3 }, start), both = Run(schedule.From(3), first);
        Assert.Equal(whole.data<float>().ToArray(), both.data<float>().ToArray());
    }

    private static DiffusersSchedule Schedule(string scheduler)
    {
        using JsonDocument json = JsonDocument.Parse($$"""
            {"_class_name": "{{scheduler}}", "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "skip_prk_steps": true}
            """);
        return DiffusersScheduler.Create(json.RootElement, new ScheduleRequest(Steps));
    }

    private static List<double> Asked(ScheduleSlice slice)
    {
        using var scope = NewDisposeScope();
        Heard heard = new();
        Run(slice, ones(1, 2), heard);
        return heard.Times;
    }

    private static Tensor Run(ScheduleSlice slice, Tensor start, IDenoiser? denoiser = null)
    {
        using SeededNoise noise = new(3);
        return Sampler.Sample(denoiser ?? new Heard(), slice.Schedule.Solver, slice.Schedule.Grid, start, noise, steps: slice.Steps);
    }

    // Levels in the middle of a step have times that come from a sigma.
    private static double Rounded(double time) => Math.Round(time, 2);

    private sealed class Heard : IDenoiser
    {
        public List<double> Times { get; } = [];

        public Estimate Denoise(Tensor state, NoiseLevel level, Condition condition)
        {
            Times.Add(level.Time);
            return new(state * 0.5);
        }
    }
}
