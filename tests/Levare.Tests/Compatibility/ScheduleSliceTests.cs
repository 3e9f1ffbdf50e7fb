using System.Text;
using Levare.Compatibility;
using Levare.Runtime;
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

    private static DiffusersSchedule Schedule(int steps) => DiffusersScheduler.Create(DiffusersScheduler.ReadConfig(PythonJson.Parse(Encoding.UTF8.GetBytes("""
        {"_class_name": "DDIMScheduler", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false, "steps_offset": 1}
        """)).RootElement), new(steps));
}
