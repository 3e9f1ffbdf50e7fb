using System.Text;
using Levare.Compatibility;
using Levare.Runtime;
using Levare.Sampling;
using Levare.Solvers;
using TorchSharp;
using Xunit;

namespace Levare.Tests.Compatibility;

public sealed class ScheduleSliceTests
{
    private const int Train = 1000;

    [Theory]
    [InlineData(0.8, 8)]
    [InlineData(0.5, 5)]
    [InlineData(0.1, 1)]
    [InlineData(0.99, 9)]
    public void One_model_goes_a_share_of_the_way_and_the_other_the_rest(double share, int steps)
    {
        // Ten steps: timesteps 901, 801, ... 1.
        DiffusersSchedule schedule = Schedule(10);
        ScheduleSlice first = schedule.Whole.Until(share, Train);
        Assert.Equal((0, steps), (first.First, first.End));
        Assert.Equal((steps, 10), (schedule.After(share, Train).First, schedule.After(share, Train).End));
    }

    [Fact]
    public void The_step_at_the_cut_itself_belongs_to_the_first_model()
    {
        DiffusersSchedule schedule = Schedule(10);
        Assert.Equal(401, schedule.Grid[5].Time);
        Assert.Equal(6, schedule.Whole.Until(1 - 0.401, Train).End);
        Assert.Equal(6, schedule.After(1 - 0.401, Train).First);
    }

    [Fact]
    public void A_run_from_within_the_schedule_can_end_early_too()
    {
        ScheduleSlice slice = Schedule(10).Last(0.6).Until(0.8, Train);
        Assert.Equal((4, 8), (slice.First, slice.End));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.5)]
    [InlineData(double.NaN)]
    public void A_share_that_is_no_part_of_the_way_is_refused(double share)
    {
        Assert.Contains("above 0 and below 1", Assert.Throws<ArgumentException>(() => Schedule(10).Whole.Until(share, Train)).Message, StringComparison.Ordinal);
        Assert.Contains("above 0 and below 1", Assert.Throws<ArgumentException>(() => Schedule(10).After(share, Train)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_that_leaves_no_step_is_refused()
    {
        Assert.Contains("go further", Assert.Throws<ArgumentException>(() => Schedule(10).Whole.Until(0.001, Train)).Message, StringComparison.Ordinal);
        Assert.Contains("begin earlier", Assert.Throws<ArgumentException>(() => Schedule(10).After(0.9995, Train)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HeunDiscreteScheduler", 0.5, 2, true, 1)]
    [InlineData("KDPM2DiscreteScheduler", 0.45, 2, true, 1)]
    [InlineData("KDPM2DiscreteScheduler", 0.7, 3, true, 2)]
    [InlineData("KDPM2DiscreteScheduler", 0.6, 2, false, 2)]
    public void Where_a_step_has_two_timesteps_the_first_model_may_end_between_them_and_the_other_sets_out_from_a_whole_one(string name, double share, int end, bool isInside, int first)
    {
        // Four steps: Heun's timesteps are 999, 666, 666, 333, 333, 0, 0; KDPM2 has those of the middles between: about 844, 503, 130.
        DiffusersSchedule schedule = Schedule(4, name);
        ScheduleSlice slice = schedule.Whole.Until(share, Train);
        Assert.Equal((end, isInside), (slice.End, slice.EndsInside));
        Assert.Equal(first, schedule.After(share, Train).First);
    }

    [Fact]
    public void A_run_that_ends_between_two_calls_leaves_what_the_second_would_be_asked_about()
    {
        ScheduleSlice slice = Schedule(4, "HeunDiscreteScheduler").Whole.Until(0.5, Train);
        int calls = 0;
        SolverStep step = new(slice.Schedule.Grid, 1, torch.ones(1, 4, 2, 2), (state, _) =>
        {
            calls++;
            return new(state * 0.5);
        }, new SeededNoise(1));
        using torch.Tensor left = slice.Solver.Step(step, null).State, predicted = new Euler().Step(step, null).State;
        Assert.True(left.allclose(predicted, 1e-6));
        Assert.Equal(1 + 1, calls);
    }

    [Fact]
    public void A_class_that_lists_a_timestep_twice_counts_it_twice()
    {
        // Timesteps 751, 501, 501, 251, 1: a run from 251 on takes one step of two calls.
        DiffusersSchedule schedule = Schedule(4, "PNDMScheduler");
        Assert.Equal([251, 1], schedule.After(0.5, Train).Schedule.Grid.Select(level => level.Time).Take(1).Append(schedule.Timesteps[^1]));
        Assert.Equal(1, schedule.After(0.5, Train).Count);
        Assert.Equal(1, schedule.After(0.9, Train).Start.Time);
    }

    private static DiffusersSchedule Schedule(int steps, string name) => DiffusersScheduler.Create(DiffusersScheduler.ReadConfig(PythonJson.Parse(Encoding.UTF8.GetBytes($$"""
        {"_class_name": "{{name}}", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "skip_prk_steps": true, "steps_offset": 1}
        """)).RootElement), new(steps));

    private static DiffusersSchedule Schedule(int steps) => DiffusersScheduler.Create(DiffusersScheduler.ReadConfig(PythonJson.Parse(Encoding.UTF8.GetBytes("""
        {"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false, "steps_offset": 1}
        """)).RootElement), new(steps));
}
