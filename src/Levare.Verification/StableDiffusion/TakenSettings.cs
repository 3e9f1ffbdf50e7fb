using System.Collections.Immutable;
using System.Text.Json;

namespace Levare.Verification.StableDiffusion;

/// <summary>A JSON object that remembers what was read of it, so that nothing of a case is passed over in silence.</summary>
/// <param name="json">The object.</param>
/// <param name="what">What its values are, for messages.</param>
internal sealed class TakenSettings(JsonElement json, string what)
{
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <summary>The value of a name, or null where there is none or it is null.</summary>
    public JsonElement? Take(string name)
    {
        _taken.Add(name);
        return json.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A number, or null.</summary>
    public double? Number(string name) => Take(name)?.GetDouble();

    /// <summary>A whole number, or null.</summary>
    public int? Whole(string name) => Take(name)?.GetInt32();

    /// <summary>A text, or null.</summary>
    public string? Text(string name) => Take(name)?.GetString();

    /// <summary>Numbers; empty where there are none.</summary>
    public ImmutableArray<double> Numbers(string name) => Take(name) is { } list ? [.. list.EnumerateArray().Select(item => item.GetDouble())] : [];

    /// <summary>One text or several; null where there is none.</summary>
    public ImmutableArray<string>? Texts(string name) => Take(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => item.GetString()!)],
        { } single => [single.GetString()!],
    };

    /// <summary>Refuses what nobody took.</summary>
    /// <exception cref="NotSupportedException">There is something left; the message names it.</exception>
    public void RequireAllTaken(params ReadOnlySpan<string> ignored)
    {
        foreach (string name in ignored) _taken.Add(name);
        string[] left = [.. json.EnumerateObject().Where(entry => entry.Value.ValueKind != JsonValueKind.Null).Select(entry => entry.Name).Where(name => !_taken.Contains(name))];
        if (left.Length > 0) throw new NotSupportedException($"{what} {string.Join(", ", left)}");
    }
}
