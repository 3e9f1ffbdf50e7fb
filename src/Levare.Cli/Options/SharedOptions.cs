using System.CommandLine;
using Levare.Runtime;

namespace Levare.Cli.Options;

/// <summary>Options that mean the same in every command that has them.</summary>
internal static class SharedOptions
{
    /// <summary>Failures are shown with their stack trace.</summary>
    public static readonly Option<bool> Verbose = new("--verbose") { Description = "Show where in the code a failure came from.", Recursive = true };

    /// <summary>The result goes to standard output as JSON, and nothing else does.</summary>
    public static readonly Option<bool> Json = new("--json") { Description = "Write the result as JSON, for programs." };

    /// <summary>Nothing is shown but failures.</summary>
    public static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Show nothing but failures." };

    /// <summary>Where it is computed.</summary>
    public static readonly Option<string> Device = new("--device")
    {
        Description = "Where to compute: cpu, or cuda (cuda:1, ...) where the machine's libtorch has it.",
        DefaultValueFactory = _ => "cpu",
        HelpName = "cpu|cuda",
    };

    /// <summary>The number format of the network's arithmetic.</summary>
    public static readonly Option<string?> Dtype = new("--dtype")
    {
        Description = "The network's arithmetic: fp32 or bf16 (fp16 on a GPU). Without it the model decides.",
        HelpName = "fp32|bf16|fp16",
    };

    /// <summary>How much memory a model may take.</summary>
    public static readonly Option<string?> MaxMemory = new("--max-memory")
    {
        Description = "The most memory that the model may take, 12GiB say: parts leave the memory while others work. What cannot be done within it is refused at once.",
        HelpName = "amount",
    };

    /// <summary>The amount that <see cref="MaxMemory"/> was given; null for any.</summary>
    public static MemorySize? MemoryOf(ParseResult parsed) => parsed.GetValue(MaxMemory) is { } text ? UsageException.Unless(() => MemorySize.Parse(text)) : null;
}
