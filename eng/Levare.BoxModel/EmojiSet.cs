using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Levare.BoxModel;

/// <summary>The Fluent 3D emoji joined with their names: what scenes are composed of. Immutable after loading.</summary>
/// <param name="Things">In emojibase's order.</param>
internal sealed partial record EmojiSet(ImmutableArray<Thing> Things)
{
    /// <summary>Loads what eng/box-model/fetch put into a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not hold both packages.</exception>
    public static EmojiSet Load(string folder)
    {
        Dictionary<string, string> files = Files(Path.Combine(folder, "lobehub-fluent-emoji-3d-1.1.0", "assets"));
        string names = Path.Combine(folder, "emojibase-data-17.0.0", "en", "data.json");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(names));
        JsonElement[] entries = [.. document.RootElement.EnumerateArray().Where(entry => files.ContainsKey(Key(entry)) && entry.TryGetProperty("group", out _))];
        Thing[] things = new Thing[entries.Length];
        Parallel.For(0, entries.Length, i => things[i] = Read(entries[i], files));
        return new([.. things]);
    }

    private static Dictionary<string, string> Files(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"{folder} is missing: run eng/box-model/fetch on the data folder first.");
        // A few pictures are there under two spellings of their code: the first in ordinal order is taken.
        return Directory.EnumerateFiles(folder, "*.webp").Order(StringComparer.Ordinal)
            .DistinctBy(file => Key(Path.GetFileNameWithoutExtension(file)), StringComparer.Ordinal)
            .ToDictionary(file => Key(Path.GetFileNameWithoutExtension(file)), StringComparer.Ordinal);
    }

    private static Thing Read(JsonElement entry, Dictionary<string, string> files)
    {
        string label = Clean(entry.GetProperty("label").GetString()!);
        string[] words = label.Split(' ');
        string? colour = words.Length > 1 ? words.FirstOrDefault(NamedColour.IsName) : null;
        string name = colour is null ? label : string.Join(' ', words.Where(word => word != colour));
        List<Look> looks = [new(null, Sprite.Load(files[Key(entry)]))];
        if (entry.TryGetProperty("skins", out JsonElement skins))
            foreach (JsonElement skin in skins.EnumerateArray().Where(skin => files.ContainsKey(Key(skin))))
                looks.Add(new(Clean(skin.GetProperty("label").GetString()!)[label.Length..].Trim(), Sprite.Load(files[Key(skin)])));
        ImmutableArray<string> tags = entry.TryGetProperty("tags", out JsonElement list) ? [.. list.EnumerateArray().Select(tag => Clean(tag.GetString()!))] : [];
        return new(name, colour, tags, (EmojiGroup)entry.GetProperty("group").GetInt32(), [.. looks]);
    }

    // File names drop the variation selector and zero padding here and there: so do keys.
    private static string Key(JsonElement entry) => Key(entry.GetProperty("hexcode").GetString()!);

    private static string Key(string code) =>
        string.Join('-', code.ToLowerInvariant().Split('-').Where(part => part != "fe0f").Select(part => part.TrimStart('0')));

    private static string Clean(string text) => NotWords().Replace(text.ToLowerInvariant(), " ").Trim();

    [GeneratedRegex(@"[^\p{L}\p{N}’]+")]
    private static partial Regex NotWords();
}
