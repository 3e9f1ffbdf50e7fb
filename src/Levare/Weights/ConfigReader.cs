using System.Collections.Immutable;
using System.Text.Json;

namespace Levare.Weights;

/// <summary>Typed values of a model's config.json; it knows which keys nobody asked for. Not thread-safe.</summary>
/// <remarks>Keys that start with an underscore (_class_name, _diffusers_version) are Python's own and never count as unread.</remarks>
internal sealed class ConfigReader
{
    private readonly JsonElement _root;
    private readonly string _source;
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>A reader of a configuration.</summary>
    /// <param name="root">The JSON object.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public ConfigReader(JsonElement root, string source)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{source} is not a JSON object.");
        _root = root;
        _source = source;
    }

    /// <summary>The keys that were not asked for, in order.</summary>
    public ImmutableArray<string> Unread =>
        [.. _root.EnumerateObject().Select(property => property.Name).Where(name => !name.StartsWith('_') && !_read.Contains(name)).Order(StringComparer.Ordinal)];

    /// <summary>Throws where a key was not asked for.</summary>
    /// <exception cref="InvalidDataException">The message lists the keys.</exception>
    public void ThrowIfUnread()
    {
        if (Unread is { IsEmpty: false } unread)
            throw new InvalidDataException($"{_source} has settings that are not known: {string.Join(", ", unread)}.");
    }

    /// <summary>Runs a check of what was read; its error then names the file.</summary>
    /// <exception cref="InvalidDataException">The check found something.</exception>
    internal void Check(Action validate)
    {
        try
        {
            validate();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{_source}: {e.Message}", e);
        }
    }

    /// <summary>Marks keys as known that have no meaning here.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys) _read.Add(key);
    }

    /// <summary>A whole number, or the default where the key is missing.</summary>
    public int Int(string key, int otherwise) => Value(key, otherwise, value => value.GetInt32(), "a whole number");

    /// <summary>A whole number or null; the default where the key is missing.</summary>
    public int? NullableInt(string key, int? otherwise) =>
        Value(key, otherwise, value => value.ValueKind == JsonValueKind.Null ? (int?)null : value.GetInt32(), "a whole number or null");

    /// <summary>A number, or the default where the key is missing.</summary>
    public double Number(string key, double otherwise) => Value(key, otherwise, value => value.GetDouble(), "a number");

    /// <summary>True or false, or the default where the key is missing.</summary>
    public bool Bool(string key, bool otherwise) => Value(key, otherwise, value => value.GetBoolean(), "true or false");

    /// <summary>A text or null; the default where the key is missing.</summary>
    public string? Text(string key, string? otherwise) => Value(key, otherwise, value => value.GetString(), "a text");

    /// <summary>A list of whole numbers, or the default where the key is missing.</summary>
    public ImmutableArray<int> Ints(string key, ImmutableArray<int> otherwise) =>
        Value(key, otherwise, value => value.EnumerateArray().Select(item => item.GetInt32()).ToImmutableArray(), "a list of whole numbers");

    /// <summary>A list of texts, or null where the key is missing.</summary>
    public ImmutableArray<string>? Texts(string key) =>
        Value<ImmutableArray<string>?>(key, null, value => value.EnumerateArray().Select(item => item.GetString() ?? throw new FormatException("null")).ToImmutableArray(), "a list of texts");

    /// <summary>Any value by a function of its own; the default where the key is missing.</summary>
    /// <param name="key">The key.</param>
    /// <param name="otherwise">The default.</param>
    /// <param name="read">Reads the value; its FormatException and InvalidOperationException become an error that names the key.</param>
    /// <param name="expected">What the value should be, for that error.</param>
    /// <exception cref="InvalidDataException">The value is of another kind.</exception>
    public T Value<T>(string key, T otherwise, Func<JsonElement, T> read, string expected)
    {
        _read.Add(key);
        if (!_root.TryGetProperty(key, out JsonElement value)) return otherwise;
        try
        {
            return read(value);
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException($"{_source}: '{key}' is {value.GetRawText()}, where {expected} is expected.", e);
        }
    }
}
