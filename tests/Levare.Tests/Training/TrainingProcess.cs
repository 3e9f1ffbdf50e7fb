using System.Diagnostics;
using System.Globalization;
using Levare.Training;

namespace Levare.Tests.Training;

/// <summary>A training run in a process of its own: the test program itself, told by its environment to train instead of testing.</summary>
internal sealed class TrainingProcess : IDisposable
{
    private const string FolderVariable = "LEVARE_TEST_TRAINING";
    private const string StepsVariable = "LEVARE_TEST_TRAINING_STEPS";
    private const string CheckpointVariable = "LEVARE_TEST_TRAINING_CHECKPOINT_EVERY";
    private readonly Process _process;

    private TrainingProcess(Process process) => _process = process;

    /// <summary>Settings with every kind of state that a checkpoint must hold.</summary>
    public static TrainingSettings Settings(long steps, long checkpointEvery) => Tiny.Settings with
    {
        Steps = steps,
        CheckpointEvery = checkpointEvery,
        Schedule = new CosineDecay(steps) { WarmUp = 3 },
        Levels = new ImportanceLevels(new LogNormalLevels(), Bins: 4, History: 3),
        Uncertainty = new LearnedUncertainty(16),
    };

    /// <summary>What a run wrote: each line a step, its loss's bits and the process's memory in bytes.</summary>
    public static IReadOnlyList<(long Step, double Loss, long Memory)> Read(string folder)
    {
        string path = Path.Combine(folder, "steps.txt");
        if (!File.Exists(path)) return [];
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        string text = new StreamReader(stream).ReadToEnd();
        // The last line may be cut off.
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .Select(p => (long.Parse(p[0], CultureInfo.InvariantCulture), BitConverter.Int64BitsToDouble(long.Parse(p[1], CultureInfo.InvariantCulture)),
                long.Parse(p[2], CultureInfo.InvariantCulture)))];
    }

    /// <summary>Starts a run, or goes on with one.</summary>
    public static TrainingProcess Start(string folder, long steps, long checkpointEvery)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Levare.Tests.exe" : "Levare.Tests"))
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment[FolderVariable] = folder;
        start.Environment[StepsVariable] = steps.ToString(CultureInfo.InvariantCulture);
        start.Environment[CheckpointVariable] = checkpointEvery.ToString(CultureInfo.InvariantCulture);
        return new(Process.Start(start)!);
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Waits for its own end and gives what it said of errors.</summary>
    public (int Code, string Errors) Wait()
    {
        string errors = _process.StandardError.ReadToEnd();
        _process.WaitForExit();
        return (_process.ExitCode, errors);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    /// <summary>Called when the test program starts: trains and ends the process where it was told to.</summary>
    public static void RunIfAsked()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is not { Length: > 0 } folder) return;
        long steps = Number(StepsVariable), checkpointEvery = Number(CheckpointVariable);
        Directory.CreateDirectory(folder);
        using (TinyNetwork network = new(1))
            Tiny.Trainer(network, Settings(steps, checkpointEvery), new StepWriter(folder)).Run(new TinySource(), folder);
        Environment.Exit(0);
    }

    private static long Number(string variable) => long.Parse(Environment.GetEnvironmentVariable(variable)!, CultureInfo.InvariantCulture);

    private sealed class StepWriter(string folder) : ITrainingListener
    {
        private readonly Process _self = Process.GetCurrentProcess();

        public void Stepped(TrainingProgress progress)
        {
            _self.Refresh();
            File.AppendAllText(Path.Combine(folder, "steps.txt"),
                string.Create(CultureInfo.InvariantCulture, $"{progress.Step} {BitConverter.DoubleToInt64Bits(progress.Loss)} {_self.WorkingSet64}\n"));
        }
    }
}
