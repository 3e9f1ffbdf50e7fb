using Levare.Training;
using Xunit;

namespace Levare.Tests.Training;

public sealed class TrainingSettingsTests
{
    private static readonly Dictionary<string, TrainingSettings> Wrong = new()
    {
        ["Steps"] = Tiny.Settings with { Steps = -1 },
        ["Accumulation"] = Tiny.Settings with { Accumulation = 0 },
        ["CheckpointEvery"] = Tiny.Settings with { CheckpointEvery = 0 },
        ["CheckpointsKept"] = Tiny.Settings with { CheckpointsKept = 0 },
        ["PreviewEvery"] = Tiny.Settings with { PreviewEvery = -1 },
        ["LearningRate"] = Tiny.Settings with { LearningRate = double.NaN },
        ["ClipNorm"] = Tiny.Settings with { ClipNorm = 0 },
        ["ConditionDropout"] = Tiny.Settings with { ConditionDropout = 1.1 },
        ["ImportanceLevels"] = Tiny.Settings with { Levels = new ShiftedLevels(new ImportanceLevels(new UniformLevels()), 3) },
        ["Averages"] = Tiny.Settings with { Averages = [new PowerAverage(6.94), new PowerAverage(6.94)] },
    };

    public static TheoryData<string> Names => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Settings_that_cannot_be_meant_are_refused_by_name(string name)
    {
        using TinyNetwork network = new(1);
        Trainer trainer = Tiny.Trainer(network, Wrong[name]);
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => trainer.Run(new TinySource(), Tiny.Folder($"wrong-{name}"))).Message, StringComparison.Ordinal);
    }
}
