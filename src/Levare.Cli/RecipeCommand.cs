using System.Collections.Immutable;
using System.Globalization;
using Levare.Cli.Options;
using Levare.Conditioning.Prompts;
using Levare.Pipelines;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Tasks;

namespace Levare.Cli;

/// <summary>The command that makes a picture again.</summary>
internal static class RecipeCommand
{
    private const string SafeCharacters = "-_./:=+,@%";
    private const string LatentsBlank = "FILE", ImageBlank = "IMAGE", MaskBlank = "MASK", PictureBlank = "PICTURE";

    /// <summary>A command line for a POSIX shell.</summary>
    public static string Of(ImageRecipe recipe) => string.Join(' ', Arguments(recipe).Prepend("generate").Prepend("levare").Select(Quote));

    /// <summary>The words in the command that stand for files of which the recipe knows the contents only, each with what it is; empty where there are none.</summary>
    public static IReadOnlyList<(string Word, string Meaning)> Blanks(ImageRecipe recipe)
    {
        List<(string, string)> blanks = [];
        if (recipe.InitialLatents is not null || IsOfLatents(recipe.Task)) blanks.Add((LatentsBlank, "the latents that it started from"));
        if (recipe.Task is { Files: null } task && !IsOfLatents(task))
        {
            blanks.Add((ImageBlank, "the picture that it was made of"));
            if (task.Name == nameof(Inpaint)) blanks.Add((MaskBlank, "the mask"));
        }
        if (recipe.Controls?.Any(control => control.Use is { Files: null, Inputs.IsEmpty: false }) == true) blanks.Add((PictureBlank, "a picture that steered it"));
        return blanks;
    }

    private static List<string> Arguments(ImageRecipe recipe)
    {
        List<string> arguments = [recipe.Prompt];
        void Add(string option, string? value)
        {
            if (value is not null) arguments.AddRange([option, value]);
        }

        Add("--model", recipe.Model);
        Add("--variant", recipe.Variant);
        Add("--config", recipe.Configuration);
        Add("--vae", recipe.Vae);
        Add("--safety-checker", recipe.Safety is { } use ? ModelOptions.NameOf(use) : null);
        foreach (AdapterRecipe adapter in recipe.Adapters ?? []) Add("--lora", AdapterOptions.Argument(adapter));
        if (recipe.Adapters?.Any(adapter => adapter.AllowsUnmatched) == true) arguments.Add("--allow-unmatched");
        foreach (WordRecipe word in recipe.Words ?? []) Add("--embedding", EmbeddingOptions.Argument(word));
        Add("--negative", recipe.Negative);
        Add("--prompt-2", recipe.SecondPrompt);
        Add("--negative-2", recipe.SecondNegative);
        Add("--syntax", recipe.Syntax is { } syntax ? PromptOptions.NameOf(syntax) : null);
        Add("--clip-skip", recipe.ClipSkip?.ToString(CultureInfo.InvariantCulture));
        if (recipe.Task is { } task) AddTask(task, Add);
        foreach (ControlRecipe control in recipe.Controls ?? []) AddControl(control, Add);
        if (recipe.Controls?.Any(control => control.Use.Settings.ContainsKey("guess")) == true) arguments.Add("--guess");
        Add("--seed", recipe.Seed.ToString(CultureInfo.InvariantCulture));
        Add("--timesteps", List(recipe.Timesteps));
        Add("--sigmas", List(recipe.Sigmas));
        Add("--steps", (recipe.Timesteps ?? recipe.Sigmas) is null ? recipe.Steps.ToString(CultureInfo.InvariantCulture) : null);
        Add("--guidance", Number(recipe.Guidance));
        Add("--guidance-rescale", Number(recipe.GuidanceRescale));
        if (recipe.Attention is { } attention) AddAttention(attention, Add);
        Add("--size", $"{recipe.Width}x{recipe.Height}");
        Add("--sampler", recipe.Sampler);
        Add("--grid", recipe.Grid);
        Add("--eta", Number(recipe.Eta));
        Add("--until", Number(recipe.Until));
        Add("--refiner", recipe.SwitchAt is { } share ? RefinerOptions.Argument(recipe.Refiner ?? "MODEL", share) : null);
        Add("--device", recipe.Device == "cpu" ? null : recipe.Device);
        Add("--dtype", recipe.Dtype);
        Add("--init-latents", recipe.InitialLatents is null ? null : LatentsBlank);
        return arguments;
    }

    private static bool IsOfLatents(TaskRecipe? task) => task?.Name is nameof(ContinueFrom) or nameof(LatentsToImage);

    private static void AddTask(TaskRecipe task, Action<string, string?> add)
    {
        if (IsOfLatents(task)) add("--init-latents", LatentsBlank);
        else add("--image", task.Files?[0] ?? ImageBlank);
        if (task.Name == nameof(Inpaint)) add("--mask", task.Files?[1] ?? MaskBlank);
        foreach ((string name, double value) in task.Settings) add(name == "padding" ? "--mask-padding" : $"--{name.Replace('_', '-')}", Number(value));
    }

    private static void AddControl(ControlRecipe control, Action<string, string?> add)
    {
        IReadOnlyDictionary<string, double> settings = control.Use.Settings;
        if (control.Use.Name == nameof(FeatureBalance))
        {
            add("--freeu", string.Join(',', new[] { "b1", "b2", "s1", "s2" }.Select(name => Number(settings[name]))));
            return;
        }
        double start = settings.GetValueOrDefault("start", 0), end = settings.GetValueOrDefault("end", settings.GetValueOrDefault("until", 1));
        string picture = control.Use.Files is [{ } file, ..] ? file : PictureBlank;
        add(control.Use.Name == nameof(PicturePrompt) ? "--ip-adapter" : "--control", ControlOptions.Argument(control.Model ?? "MODEL", picture, settings["scale"], start, end));
        add("--ip-encoder", control.Encoder);
    }

    private static void AddAttention(AttentionRecipe attention, Action<string, string?> add)
    {
        bool perturbs = attention.Name == nameof(PerturbedAttention);
        add(perturbs ? "--pag" : "--sag", Number(attention.Scale));
        foreach (string layer in attention.Layers ?? []) add("--pag-layer", layer);
        add("--pag-fall", Number(attention.Fall));
    }

    private static string? Number(double? value) => value is { } number ? TrailingNumber.Text(number) : null;

    private static string? List(ImmutableArray<double>? numbers) => numbers is { } values ? string.Join(',', values.Select(TrailingNumber.Text)) : null;

    private static string Quote(string text) => text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || SafeCharacters.Contains(c))
        ? text : $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
