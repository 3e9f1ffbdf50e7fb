using System.Collections.Immutable;
using System.IO.Enumeration;
using Levare.Weights;

namespace Levare.Hub;

/// <summary>The files of a repository that are wanted.</summary>
/// <param name="Files">The files.</param>
/// <param name="Notes">What was chosen otherwise than one might expect, in sentences.</param>
internal sealed record FileSelection(ImmutableArray<HubFile> Files, ImmutableArray<string> Notes)
{
    private const int MostNamed = 12;
    private static readonly string[] TextEndings = [".json", ".txt", ".model"];
    private static readonly string[] RootFiles = [ModelFolder.IndexName, "levare.json", "README.md"];
    private static readonly string[] PickleEndings = [".ckpt", ".pt", ".pth", ".bin"];

    /// <summary>What patterns ask for.</summary>
    /// <exception cref="HubException">They ask for nothing.</exception>
    public static FileSelection OfPatterns(HubListing listing, PullOptions options)
    {
        FileSelection chosen = new([.. listing.Files.Where(file => options.Include.Any(pattern => Matches(pattern, file.Path)))], []);
        chosen = chosen.Without(options.Exclude);
        return chosen.Files.Length > 0 ? chosen
            : throw Nothing(listing, $"{listing.Reference} has no file that {string.Join(", ", options.Include)} names", listing.Files);
    }

    /// <summary>What a model of parts needs: of each part the configuration, texts, and weights in one form.</summary>
    /// <param name="listing">The repository.</param>
    /// <param name="parts">The parts that model_index.json names.</param>
    /// <param name="options">The variant, and what is left out.</param>
    public static FileSelection OfParts(HubListing listing, IEnumerable<ModelPart> parts, PullOptions options)
    {
        List<HubFile> files = [.. listing.Files.Where(file => RootFiles.Contains(file.Path))];
        List<string> notes = [];
        foreach (ModelPart part in parts)
        {
            HubFile[] own = [.. In(listing, part.Name)];
            if (own.Length == 0) notes.Add($"model_index.json names the part {part.Name}, of which the repository has no files.");
            (IEnumerable<HubFile> chosen, string? note) = OfFolder(own, part.Name, options.Variant);
            files.AddRange(chosen);
            if (note is not null) notes.Add(note);
        }
        return new FileSelection([.. files], [.. notes]).Without(options.Exclude);
    }

    /// <summary>What a repository without model_index.json is: a single part, or a single file of weights.</summary>
    /// <exception cref="HubException">It has several files of weights, or none.</exception>
    public static FileSelection OfSingle(HubListing listing, PullOptions options)
    {
        HubFile[] root = [.. In(listing, "")];
        if (root.Any(file => file.Path == "config.json") && root.Any(file => WeightFileName.Parse(file.Path) is not null))
        {
            (IEnumerable<HubFile> chosen, string? note) = OfFolder(root, "the model", options.Variant);
            return new FileSelection([.. chosen, .. root.Where(file => file.Path == "README.md")], note is null ? [] : [note]).Without(options.Exclude);
        }
        HubFile[] all = [.. listing.Files.Where(file => !options.Exclude.Any(pattern => Matches(pattern, file.Path)))];
        HubFile[] safe = [.. all.Where(file => HasEnding(file, [".safetensors", ".gguf"]))], pickles = [.. all.Where(file => HasEnding(file, PickleEndings))];
        return (safe, pickles) switch
        {
            ([HubFile only], _) => new([only], []),
            ([], [HubFile only]) => new([only], [PickleNote(only.Path)]),
            _ => throw Nothing(listing, $"{listing.Reference} has no {ModelFolder.IndexName}: say with --include which of its files you want", safe.Length > 0 ? safe : pickles),
        };
    }

    // '*' stands for '/' too, as in Python, and a pattern that ends with '/' for all below.
    private static bool Matches(string pattern, string path) => FileSystemName.MatchesSimpleExpression(pattern.EndsWith('/') ? $"{pattern}*" : pattern, path, ignoreCase: false);

    private FileSelection Without(ImmutableArray<string> patterns) => this with { Files = [.. Files.Where(file => !patterns.Any(pattern => Matches(pattern, file.Path)))] };

    private static (IEnumerable<HubFile> Files, string? Note) OfFolder(HubFile[] files, string name, string? variant)
    {
        IEnumerable<HubFile> texts = files.Where(file => WeightFileName.Parse(Name(file)) is null && HasEnding(file, TextEndings));
        WeightSet[] sets = [.. WeightSet.Find(files)];
        if (sets.Length == 0) return (texts, null);
        WeightSet[] kind = sets.Any(set => !set.IsPickle) ? [.. sets.Where(set => !set.IsPickle)] : sets;
        WeightSet? wanted = variant is null ? null : kind.FirstOrDefault(set => set.Variant == variant);
        WeightSet chosen = wanted ?? kind.FirstOrDefault(set => set.Variant.Length == 0) ?? kind[0];
        string? note = variant is not null && wanted is null ? $"{name} has no variant {variant}{(chosen.IsPickle ? "" : " as safetensors")}: {Called(chosen)} is taken."
            : variant is null && chosen.Variant.Length > 0 ? $"{name} has no plain weights: {Called(chosen)} is taken."
            : null;
        return (texts.Concat(chosen.Files), chosen.IsPickle ? Join(note, PickleNote(chosen.Files[0].Path)) : note);
    }

    private static string Called(WeightSet set) => set.Variant.Length == 0 ? "the plain one" : $"the variant {set.Variant}";

    private static string Join(string? first, string second) => first is null ? second : $"{first} {second}";

    private static string PickleNote(string path) => $"{path} is a pickle, for there are no safetensors; Levare reads it without executing anything.";

    private static IEnumerable<HubFile> In(HubListing listing, string folder)
    {
        string start = folder.Length == 0 ? "" : $"{folder}/";
        return listing.Files.Where(file => file.Path.StartsWith(start, StringComparison.Ordinal) && !file.Path.AsSpan(start.Length).Contains('/'));
    }

    private static string Name(HubFile file) => file.Path[(file.Path.LastIndexOf('/') + 1)..];

    private static bool HasEnding(HubFile file, string[] endings) => endings.Any(ending => file.Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static HubException Nothing(HubListing listing, string message, IReadOnlyCollection<HubFile> candidates)
    {
        IEnumerable<string> names = candidates.OrderBy(file => file.Path, StringComparer.Ordinal).Take(MostNamed).Select(file => file.Size is { } size ? $"{file.Path} ({ByteSize.Text(size)})" : file.Path);
        string rest = candidates.Count > MostNamed ? $", and {candidates.Count - MostNamed} more" : "";
        return new(HubError.NothingChosen, candidates.Count == 0 ? $"{listing.Reference} has no weights that Levare knows." : $"{message}; it has {string.Join(", ", names)}{rest}.");
    }
}
