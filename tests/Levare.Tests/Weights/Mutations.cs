using System.Text.Json;
using System.Text.Json.Nodes;

namespace Levare.Tests.Weights;

/// <summary>Ways to spoil a file, drawn from a seed.</summary>
internal static class Mutations
{
    private static readonly long[] Extremes = [0, 1, -1, 7, 255, 65536, int.MaxValue, uint.MaxValue, 1L << 40, long.MaxValue, long.MinValue];
    private static readonly string[] Values =
        ["0", "-1", "1", "3", "65537", "2147483647", "99999999999999999999", "1e308", "-0.5", "null", "true", "\"\"", "\"x\"", "[]", "[0]", "{}", "[[[[]]]]", "\"../../etc/passwd\""];

    /// <summary>Bytes with something wrong: flipped, cut off, put in, wiped out, or numbers that claim too much. Half of them near the beginning, where headers are.</summary>
    public static byte[] Bytes(byte[] sound, Random random)
    {
        byte[] broken = [.. sound];
        int reach = random.Next(2) == 0 ? Math.Min(broken.Length, 512) : broken.Length, at = random.Next(reach);
        switch (random.Next(6))
        {
            case 0:
                for (int i = random.Next(1, 9); i > 0; i--) broken[random.Next(reach)] ^= (byte)(1 << random.Next(8));
                return broken;
            case 1:
                return broken[..at];
            case 2:
                byte[] more = new byte[random.Next(1, 64)];
                random.NextBytes(more);
                return [.. broken[..at], .. more, .. broken[at..]];
            case 3:
                Array.Clear(broken, at, Math.Min(random.Next(1, 64), broken.Length - at));
                return broken;
            case 4:
                byte[] number = BitConverter.GetBytes(Extremes[random.Next(Extremes.Length)]);
                number.AsSpan(0, Math.Min(random.Next(2) == 0 ? 8 : 4, broken.Length - at)).CopyTo(broken.AsSpan(at));
                return broken;
            default:
                return [.. broken[..at], .. broken[Math.Min(at + random.Next(1, 64), broken.Length)..]];
        }
    }

    /// <summary>JSON with one value replaced, taken out, put in twice or under another name, wherever it is nested; or text that is no JSON any more.</summary>
    public static byte[] Json(byte[] sound, Random random)
    {
        if (random.Next(8) == 0) return Bytes(sound, random);
        JsonNode root = JsonNode.Parse(sound)!;
        JsonObject[] objects = [.. Objects(root)];
        JsonObject chosen = objects[random.Next(objects.Length)];
        if (chosen.Count == 0) return Bytes(sound, random);
        string key = chosen.ElementAt(random.Next(chosen.Count)).Key;
        switch (random.Next(8))
        {
            case 0:
                chosen.Remove(key);
                break;
            case 1:
                JsonNode? moved = chosen[key]?.DeepClone();
                chosen.Remove(key);
                chosen[$"{key}x"] = moved;
                break;
            case 2 when chosen[key] is JsonArray { Count: > 0 } array:
                array[random.Next(array.Count)] = JsonNode.Parse(Values[random.Next(Values.Length)]);
                break;
            default:
                chosen[key] = JsonNode.Parse(Values[random.Next(Values.Length)]);
                break;
        }
        return JsonSerializer.SerializeToUtf8Bytes(root);
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonObject own => own.SelectMany(pair => Objects(pair.Value)).Append(own),
        JsonArray array => array.SelectMany(Objects),
        _ => [],
    };
}
