using System.Text.Json;
using System.Text.Unicode;

namespace Levare.Runtime;

/// <summary>JSON as Python writes it: NaN, Infinity and -Infinity may stand where a number does.</summary>
internal static class PythonJson
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>Parses a document; those three names become strings.</summary>
    /// <exception cref="JsonException">The text is not JSON or not Unicode, or has a property twice.</exception>
    public static JsonDocument Parse(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) throw new JsonException("the text is not UTF-8");
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(Quoted(utf8), Options);
            if (utf8.IndexOf(@"\ud"u8) >= 0 || utf8.IndexOf(@"\uD"u8) >= 0) ReadTexts(document.RootElement);
            return document;
        }
        catch (InvalidOperationException e)
        {
            document?.Dispose();
            throw new JsonException("a text has half a letter", e);
        }
    }

    /// <summary>A number, or one of those three names.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static double Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when value.ValueEquals("Infinity") => double.PositiveInfinity,
        JsonValueKind.String when value.ValueEquals("-Infinity") => double.NegativeInfinity,
        JsonValueKind.String when value.ValueEquals("NaN") => double.NaN,
        _ => throw new FormatException($"{value.GetRawText()} is not a number."),
    };

    // Halves of surrogate pairs are an error of the text, not of whoever asks for it later.
    private static void ReadTexts(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) value.GetString();
        else if (value.ValueKind == JsonValueKind.Array) foreach (JsonElement item in value.EnumerateArray()) ReadTexts(item);
        else if (value.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty property in value.EnumerateObject())
            {
                _ = property.Name;
                ReadTexts(property.Value);
            }
    }

    private static ReadOnlyMemory<byte> Quoted(ReadOnlySpan<byte> utf8)
    {
        using MemoryStream result = new(utf8.Length + 64);
        bool inText = false;
        for (int i = 0; i < utf8.Length; i++)
        {
            if (utf8[i] == (byte)'"') inText = !inText;
            else if (inText && utf8[i] == (byte)'\\' && i + 1 < utf8.Length) result.WriteByte(utf8[i++]);
            int length = inText ? 0 : NameAt(utf8[i..]);
            if (length > 0) result.WriteByte((byte)'"');
            result.Write(utf8.Slice(i, Math.Max(1, length)));
            if (length > 0) result.WriteByte((byte)'"');
            i += Math.Max(0, length - 1);
        }
        return result.ToArray();
    }

    private static int NameAt(ReadOnlySpan<byte> text) =>
        text.StartsWith("-Infinity"u8) ? 9 : text.StartsWith("Infinity"u8) ? 8 : text.StartsWith("NaN"u8) ? 3 : 0;
}
