using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Networks.Blocks;
using Levare.Weights;

namespace Levare.Networks.UNet;

/// <summary>The kinds of values that the configurations of U-Nets and their companions share.</summary>
internal static class UNetConfigReading
{
    public static readonly (string Name, TimeModulation Value)[] Modulations = [("default", TimeModulation.Shift), ("scale_shift", TimeModulation.ScaleShift)];

    /// <summary>True or false; null, as some files have it, is false.</summary>
    public static bool Flag(this ConfigReader reader, string key) =>
        reader.Value(key, false, value => value.ValueKind != JsonValueKind.Null && value.GetBoolean(), "true, false or null");

    /// <summary>A side, or height and width.</summary>
    public static (int Height, int Width)? Size(this ConfigReader reader, string key) => reader.Value(key, null, ReadSize, "a size, or height and width");

    public static Activation Activation(this ConfigReader reader, string key, Activation otherwise) =>
        reader.Value(key, otherwise, value => Activations.Parse(value.GetString() ?? "null"), "silu, mish, gelu or relu");

    public static Activation? NullableActivation(this ConfigReader reader, string key) =>
        reader.Value(key, (Activation?)null, value => value.GetString() is { } name ? Activations.Parse(name) : null, "null, silu, mish, gelu or relu");

    public static T Choice<T>(this ConfigReader reader, string key, T otherwise, (string Name, T Value)[] choices) =>
        reader.Value(key, otherwise, value => Find(value.GetString(), choices), $"one of {string.Join(", ", choices.Select(choice => choice.Name))}");

    public static T? NullableChoice<T>(this ConfigReader reader, string key, (string Name, T Value)[] choices) where T : struct =>
        reader.Value(key, (T?)null, value => value.GetString() is { } name ? Find(name, choices) : null, $"null or one of {string.Join(", ", choices.Select(choice => choice.Name))}");

    /// <summary>A list of an enumeration's names.</summary>
    public static ImmutableArray<T> Types<T>(this ConfigReader reader, string key, ImmutableArray<T> otherwise) where T : struct, Enum =>
        reader.Value(key, otherwise, value => value.EnumerateArray().Select(item => ReadType<T>(item.GetString() ?? "null")).ToImmutableArray(),
            $"a list of {string.Join(", ", Enum.GetNames<T>())}");

    /// <summary>A name of an enumeration, or null.</summary>
    public static T? NullableType<T>(this ConfigReader reader, string key, T? otherwise) where T : struct, Enum =>
        reader.Value(key, otherwise, value => value.GetString() is { } name ? ReadType<T>(name) : (T?)null, $"null or one of {string.Join(", ", Enum.GetNames<T>())}");

    /// <summary>One value for all blocks, or a list with one for each.</summary>
    public static ImmutableArray<T> PerBlock<T>(this ConfigReader reader, string key, int count, T otherwise, Func<JsonElement, T> read, string expected) =>
        reader.Value(key, ImmutableArray.CreateRange(Enumerable.Repeat(otherwise, count)), value => value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(read)]
            : [.. Enumerable.Repeat(read(value), count)], $"{expected}, or a list of one for each block");

    /// <summary>Reads a key of which one value alone is supported; null stands for it too.</summary>
    /// <exception cref="InvalidDataException">It has another value.</exception>
    public static void OnlyValue(this ConfigReader reader, string key, JsonNode? supported) =>
        reader.Value(key, true, value => value.ValueKind == JsonValueKind.Null || JsonNode.DeepEquals(JsonNode.Parse(value.GetRawText()), supported)
            ? true
            : throw new FormatException("not supported"), $"{supported?.ToJsonString() ?? "null"}, the only value that is supported,");

    public static T Find<T>(string? name, (string Name, T Value)[] choices) =>
        choices.FirstOrDefault(choice => choice.Name == name) is { Name: not null } found ? found.Value : throw new FormatException("no such choice");

    public static string NameOf<T>(T value, (string Name, T Value)[] choices) => choices.First(choice => Equals(choice.Value, value)).Name;

    /// <summary>One value where all are the same, which some of Python's code insists on, else the list.</summary>
    public static JsonNode? PerBlock<T>(ImmutableArray<T> values, Func<T, JsonNode?> write) =>
        values.Distinct().Count() == 1 ? write(values[0]) : new JsonArray([.. values.Select(write)]);

    public static JsonNode? Size((int Height, int Width)? size) =>
        size is not { } known ? null : known.Height == known.Width ? known.Height : new JsonArray(known.Height, known.Width);

    /// <summary>A number, without a fraction where it has none.</summary>
    public static JsonNode Number(double value) => value == Math.Floor(value) ? (long)value : value;

    // The first releases wrote UNetResDownBlock2D for DownBlock2D, and so on.
    private static T ReadType<T>(string name) where T : struct, Enum
    {
        string plain = name.StartsWith("UNetRes", StringComparison.Ordinal) ? name["UNetRes".Length..] : name;
        return Enum.GetNames<T>().Contains(plain, StringComparer.Ordinal) ? Enum.Parse<T>(plain) : throw new FormatException($"{name} is not known");
    }

    private static (int, int)? ReadSize(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Array when value.GetArrayLength() == 2 => (value[0].GetInt32(), value[1].GetInt32()),
        _ => (value.GetInt32(), value.GetInt32()),
    };
}
