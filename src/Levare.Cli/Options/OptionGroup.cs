using System.CommandLine;

namespace Levare.Cli.Options;

/// <summary>Options that belong together, under a title in the help.</summary>
internal sealed record OptionGroup(string Title, params Option[] Options);
