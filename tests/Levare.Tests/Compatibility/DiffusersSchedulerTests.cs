using System.Text;
using System.Text.Json;
using Levare.Compatibility;
using Levare.Grids;
using Levare.Runtime;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Compatibility;

public sealed class DiffusersSchedulerTests
{
    [Fact]
    public void Keys_that_no_class_knows_are_reported_by_name()
    {
        DiffusersSchedule schedule = Create("""{"_class_name": "EulerDiscreteScheduler", "clip_sample": false, "frobnicate": 3, "_diffusers_version": "0.42.1"}""");
        Assert.Equal(["frobnicate"], schedule.UnknownKeys);
    }

    [Fact]
    public void A_silent_file_has_its_classs_own_defaults()
    {
        Assert.Equal(TimestepSpacing.Leading, Config("""{"_class_name": "DDIMScheduler"}""").TimestepSpacing);
        Assert.True(Config("""{"_class_name": "DDIMScheduler"}""").SetAlphaToOne);
        Assert.False(Config("""{"_class_name": "PNDMScheduler"}""").SetAlphaToOne);
        Assert.Equal(TimestepSpacing.Linspace, Config("""{"_class_name": "EulerDiscreteScheduler"}""").TimestepSpacing);
        Assert.Equal(BetaSchedule.ScaledLinear, Config("""{"_class_name": "LCMScheduler"}""").BetaSchedule);
    }

    [Fact]
    public void None_turns_a_flag_off_and_leaves_a_value_at_its_default()
    {
        SchedulerConfig config = Config("""{"_class_name": "DDIMScheduler", "clip_sample": null, "beta_end": null, "trained_betas": null}""");
        Assert.False(config.ClipSample);
        Assert.Equal(0.02, config.BetaEnd);
    }

    [Fact]
    public void Pythons_infinities_are_numbers() =>
        Assert.Equal(double.NegativeInfinity, Config("""{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}""").LambdaMinClipped);

    [Fact]
    public void The_names_of_infinities_inside_text_stay_text()
    {
        using JsonDocument document = PythonJson.Parse(Encoding.UTF8.GetBytes("""{"a": "to -Infinity \" and NaN", "b": [NaN, Infinity, 1]}"""));
        Assert.Equal("to -Infinity \" and NaN", document.RootElement.GetProperty("a").GetString());
        Assert.Equal([double.NaN, double.PositiveInfinity, 1], document.RootElement.GetProperty("b").EnumerateArray().Select(PythonJson.Number));
    }

    [Theory]
    [InlineData("""{"_class_name": "NoSuchScheduler"}""", "NoSuchScheduler")]
    [InlineData("{}", "has no _class_name")]
    [InlineData("""{"_class_name": "DDIMScheduler", "beta_schedule": "wavy"}""", "beta_schedule")]
    [InlineData("""{"_class_name": "DDIMScheduler", "beta_start": "small"}""", "beta_start")]
    [InlineData("""{"_class_name": "DDIMScheduler", "clip_sample": 3}""", "clip_sample")]
    [InlineData("""{"_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": true, "use_beta_sigmas": true}""", "use_beta_sigmas")]
    [InlineData("""{"_class_name": "FlowMatchEulerDiscreteScheduler", "use_dynamic_shifting": true}""", "mu")]
    public void What_cannot_be_honoured_is_an_error_that_names_it(string json, string named) =>
        Assert.Contains(named, Assert.ThrowsAny<Exception>(() => Create(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_list_that_a_class_does_not_take_is_refused()
    {
        SchedulerConfig config = Config("""{"_class_name": "DDIMScheduler"}""");
        Assert.Contains("DDIMScheduler takes no timesteps", Assert.Throws<ArgumentException>(
            () => DiffusersScheduler.Create(config, new ScheduleRequest(2) { Timesteps = [900, 100] })).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => DiffusersScheduler.Create(Config("""{"_class_name": "PNDMScheduler"}"""), new ScheduleRequest(3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => DiffusersScheduler.Create(config, new ScheduleRequest(0)));
    }

    [Fact]
    public void Without_data_in_the_state_epsilon_gives_an_estimate_that_clipping_brings_back()
    {
        DiffusersSchedule schedule = Create("""{"_class_name": "DDIMScheduler", "rescale_betas_zero_snr": true, "timestep_spacing": "trailing"}""");
        using Tensor state = ones(1, 2), output = zeros(1, 2), denoised = schedule.Parameterisation.ToDenoised(output, state, schedule.Grid[0]);
        Assert.Equal(float.PositiveInfinity, denoised[0, 0].item<float>());
    }

    [Fact]
    public void Noise_is_added_at_the_schedules_own_levels()
    {
        DiffusersSchedule schedule = Create("""{"_class_name": "EulerDiscreteScheduler"}""");
        using Tensor zero = zeros(1, 2), one = ones(1, 2), noisy = schedule.AddNoise(zero, one, schedule.Timesteps[3]);
        Assert.Equal((float)schedule.Sigmas[3], noisy[0, 0].item<float>());
        Assert.Throws<ArgumentException>(() => schedule.AddNoise(zero, one, 12.345));
    }

    private static SchedulerConfig Config(string json)
    {
        using JsonDocument document = PythonJson.Parse(Encoding.UTF8.GetBytes(json));
        return DiffusersScheduler.ReadConfig(document.RootElement);
    }

    private static DiffusersSchedule Create(string json)
    {
        using JsonDocument document = PythonJson.Parse(Encoding.UTF8.GetBytes(json));
        return DiffusersScheduler.Create(document.RootElement, new ScheduleRequest(10));
    }
}
