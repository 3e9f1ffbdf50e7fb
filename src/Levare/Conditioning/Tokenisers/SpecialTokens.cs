using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Levare.Conditioning.Tokenisers;

/// <summary>The special tokens of a tokeniser (start, end, padding, unknown) and those that were added to it.</summary>
/// <param name="All">All of them, each once.</param>
/// <param name="Names">The text of each named one: bos_token, eos_token, pad_token, unk_token.</param>
/// <param name="Source">Where they are from, for messages.</param>
internal sealed record SpecialTokens(ImmutableArray<AddedToken> All, ImmutableDictionary<string, string> Names, string Source)
{
    /// <summary>The number of a named token.</summary>
    /// <param name="role">eos_token, say.</param>
    /// <exception cref="InvalidDataException">There is no such token.</exception>
    public int Number(string role) => Find(role) ?? throw new InvalidDataException($"{Source}: the {role} '{Names.GetValueOrDefault(role)}' is not in the vocabulary.");

    /// <summary>The number of a named token, or null.</summary>
    public int? Find(string role) => All.FirstOrDefault(token => token.Content == Names.GetValueOrDefault(role))?.Number;

    /// <summary>Gathers them from all the places where transformers has written them in the course of time; later files of the list go before earlier ones.</summary>
    /// <param name="standards">The roles (bos_token, eos_token, ...), each with its text where no file names one.</param>
    /// <param name="pieces">The vocabulary.</param>
    /// <param name="config">tokenizer_config.json.</param>
    /// <param name="map">special_tokens_map.json.</param>
    /// <param name="added">added_tokens.json.</param>
    /// <param name="whole">tokenizer.json.</param>
    /// <param name="source">Where they are from, for messages.</param>
    /// <exception cref="InvalidDataException">A token is not sound.</exception>
    public static SpecialTokens Read(
        IReadOnlyDictionary<string, string> standards, IReadOnlyDictionary<string, int> pieces,
        JsonElement? config, JsonElement? map, JsonElement? added, JsonElement? whole, string source)
    {
        SortedDictionary<string, AddedToken> tokens = new(StringComparer.Ordinal);
        ImmutableDictionary<string, string>.Builder names = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (whole?.TryGetProperty("added_tokens", out JsonElement list) == true && list.ValueKind == JsonValueKind.Array)
            foreach (JsonElement item in list.EnumerateArray()) Keep(ReadToken(item, Id(item, source), source));
        if (added is { } numbers)
            foreach (JsonProperty item in numbers.EnumerateObject()) Keep(new(item.Name, Whole(item.Value, item.Name, source), IsNormalised: true));
        if (config?.TryGetProperty("added_tokens_decoder", out JsonElement decoder) == true && decoder.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty item in decoder.EnumerateObject())
                Keep(ReadToken(item.Value, int.TryParse(item.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : throw Unsound(item.Name, source), source));
        foreach (string role in standards.Keys)
        {
            JsonElement? value = Named(map, role) ?? Named(config, role);
            string text = value is { } given ? Content(given, source) : standards.GetValueOrDefault(role, "");
            names[role] = text;
            int? number = tokens.TryGetValue(text, out AddedToken? known) ? known.Number : pieces.TryGetValue(text, out int piece) ? piece : null;
            if (number is { } found && known is null) Keep(value is { } written ? ReadToken(written, found, source) : new(text, found));
        }
        return new([.. tokens.Values], names.ToImmutable(), source);

        void Keep(AddedToken token) => tokens[token.Content] = token;
    }

    private static JsonElement? Named(JsonElement? file, string role) =>
        file?.TryGetProperty(role, out JsonElement value) == true && value.ValueKind is JsonValueKind.String or JsonValueKind.Object ? value : null;

    // A text alone, or an object with the text and how it is found.
    private static AddedToken ReadToken(JsonElement value, int number, string source) => value.ValueKind == JsonValueKind.String
        ? new(value.GetString()!, number)
        : new(Content(value, source), number, Flag(value, "normalized"), Flag(value, "lstrip"), Flag(value, "rstrip"), Flag(value, "single_word"));

    private static string Content(JsonElement value, string source) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()!
        : value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String ? content.GetString()!
        : throw Unsound(value.GetRawText(), source);

    private static bool Flag(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement flag) && flag.ValueKind == JsonValueKind.True;

    private static int Id(JsonElement value, string source) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("id", out JsonElement id) ? Whole(id, value.GetRawText(), source) : throw Unsound(value.GetRawText(), source);

    private static int Whole(JsonElement value, string token, string source) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= 0 ? number : throw Unsound(token, source);

    private static InvalidDataException Unsound(string token, string source) => new($"{source}: the added token {token} needs a text and a number of 0 or more.");
}
