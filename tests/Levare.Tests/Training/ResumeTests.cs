using System.Globalization;
using Levare.Training;
using Xunit;

namespace Levare.Tests.Training;

public class ResumeTests
{
    [Fact]
    public void A_run_killed_at_random_points_continues_to_the_same_digits()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("LEVARE_TEST_KILLS"), CultureInfo.InvariantCulture, out int asked) ? asked : 3;
        long steps = 12 * (kills + 1);
        Recorder whole = new();
        using TinyNetwork network = new(1);
        Tiny.Trainer(network, TrainingProcess.Settings(steps, 2), whole).Run(new TinySource(), Tiny.Folder("never-killed"));

        string folder = Tiny.Folder("killed");
        Random random = new(7);
        for (int kill = 0; kill < kills; kill++)
        {
            using TrainingProcess process = TrainingProcess.Start(folder, steps, 2);
            int lines = TrainingProcess.Read(folder).Count, wanted = lines + random.Next(1, 12);
            while (!process.HasExited && TrainingProcess.Read(folder).Count < wanted) Thread.Sleep(1);
            // Into the midst of a step or of a checkpoint.
            Thread.Sleep(random.Next(0, 8));
            Assert.False(process.HasExited, "the run ended before it was killed");
            process.Kill();
        }
        using TrainingProcess last = TrainingProcess.Start(folder, steps, 2);
        Assert.Equal((0, ""), last.Wait());

        foreach ((long step, double loss, _) in TrainingProcess.Read(folder))
            Assert.Equal(whole.Losses[step - 1], loss);
        Assert.Equal(steps, TrainingProcess.Read(folder)[^1].Step);
        using TinyNetwork resumed = new(2);
        Checkpoint.FindLast(folder)!.Load(resumed);
        foreach (var ((name, a), (_, b)) in network.named_parameters().Zip(resumed.named_parameters()))
            Assert.True(a.Equals(b), $"{name} differs");
    }

    [Fact]
    public void Memory_after_two_thousand_steps_is_what_it_was_after_five_hundred()
    {
        string folder = Tiny.Folder("memory");
        using TrainingProcess process = TrainingProcess.Start(folder, 2000, 400);
        Assert.Equal((0, ""), process.Wait());
        long[] memory = [.. TrainingProcess.Read(folder).Select(step => step.Memory >> 10)];
        long early = memory[450..500].Max(), late = memory[1950..].Max();
        TestContext.Current.SendDiagnosticMessage($"memory: {early} KiB after 500 steps, {late} KiB after 2,000");
        Assert.InRange(late - early, -1_000_000, 6_000);
    }
}
