using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Levare.Data;
using Levare.Networks.UNet;
using Levare.Pipelines.Controls;

namespace Levare.Cli.Options;

/// <summary>The options that steer a run by pictures.</summary>
internal static partial class ControlOptions
{
    private static readonly Option<string[]> Control = new("--control")
    {
        Description = "A ControlNet or T2I-Adapter, the picture that it makes the result follow, how much it counts (1), and from which to which share of the run (0-1). Several are given by several options.",
        HelpName = "model=picture[:scale[:from-to]]",
    };

    private static readonly Option<bool> Guess = new("--guess") { Description = "ControlNets rely on their pictures more than on words (guess mode): for empty prompts and small guidance." };

    private static readonly Option<string[]> PictureAdapter = new("--ip-adapter")
    {
        Description = "An IP-Adapter's file, the picture that it shows beside the words, and how much it counts (1). Several are given by several options.",
        HelpName = "model=picture[:scale]",
    };

    private static readonly Option<string?> PictureEncoder = new("--ip-encoder") { Description = "The picture encoder of --ip-adapter; without it the folder image_encoder beside the file.", HelpName = "folder" };
    private static readonly Option<string?> Balance = new("--freeu") { Description = "Weigh features against skips (FreeU): 1.5,1.6,0.9,0.2 for Stable Diffusion 1, 1.3,1.4,0.9,0.2 for SDXL.", HelpName = "b1,b2,s1,s2" };

    /// <summary>All of them.</summary>
    public static OptionGroup Group { get; } = new("Steering by pictures", Control, Guess, PictureAdapter, PictureEncoder, Balance);

    /// <summary>Reads the pictures, and refuses what does not go together.</summary>
    public static ControlInputs Read(ParseResult parsed)
    {
        ImmutableArray<ControlArgument> controls = [.. (parsed.GetValue(Control) ?? []).Select(text => Parse(Control, text))];
        ImmutableArray<ControlArgument> adapters = [.. (parsed.GetValue(PictureAdapter) ?? []).Select(text => Parse(PictureAdapter, text))];
        if (parsed.GetValue(Guess) && controls.IsEmpty) throw new UsageException("--guess belongs to --control, which is missing.");
        if (parsed.GetValue(PictureEncoder) is not null && adapters.IsEmpty) throw new UsageException("--ip-encoder belongs to --ip-adapter, which is missing.");
        return new(controls, adapters)
        {
            Mode = parsed.GetValue(Guess) ? ControlMode.Guess : ControlMode.Balanced, PictureEncoder = parsed.GetValue(PictureEncoder),
            Balance = parsed.GetValue(Balance) is { } text ? FourNumbers(text) : null,
        };
    }

    /// <summary>The argument of a control.</summary>
    public static string Argument(string model, string picture, double scale, double from, double to) => from == 0 && to == 1
        ? $"{model}={picture}:{TrailingNumber.Text(scale)}" : $"{model}={picture}:{TrailingNumber.Text(scale)}:{TrailingNumber.Text(from)}-{TrailingNumber.Text(to)}";

    private static ControlArgument Parse(Option option, string text)
    {
        Match match = Pattern().Match(text);
        if (!match.Success) throw new UsageException($"{option.Name} {text}: {option.HelpName} is needed.");
        string model = match.Groups["model"].Value, rest = match.Groups["rest"].Value;
        if (File.Exists(rest)) return new(model, PictureOptions.Load(rest), 1, 0, 1);
        double scale = Number("scale", 1), from = Number("from", 0), to = Number("to", 1);
        if (match.Groups["from"].Success && option == PictureAdapter) throw new UsageException($"{option.Name} {text}: it counts in the whole run; leave from and to out.");
        if (!(from >= 0 && from < to && to <= 1)) throw new UsageException($"{option.Name} {text}: it counts from a share of the run, 0 or more, to a larger one, 1 or less.");
        return new(model, PictureOptions.Load(match.Groups["picture"].Value), scale, from, to);

        double Number(string group, double otherwise) => match.Groups[group] is { Success: true } found ? double.Parse(found.Value, NumberStyles.Float, CultureInfo.InvariantCulture) : otherwise;
    }

    private static FreeU FourNumbers(string text)
    {
        double[] numbers = [.. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) ? number
            : throw new UsageException($"--freeu {text}: '{part}' is no number."))];
        return numbers is [var b1, var b2, var s1, var s2] ? new(b1, b2, s1, s2) : throw new UsageException($"--freeu {text}: four numbers with commas between them are needed.");
    }

    [GeneratedRegex(@"^(?<model>[^=]+)=(?<rest>(?<picture>.+?)(:(?<scale>-?[0-9.]+)(:(?<from>[0-9.]+)-(?<to>[0-9.]+))?)?)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}

/// <summary>A network, its picture, and how much it counts when.</summary>
internal sealed record ControlArgument(string Model, RawImage Picture, double Scale, double From, double To);
