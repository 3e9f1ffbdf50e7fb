using System.Text.Json;
using System.Text.Json.Nodes;

namespace Levare.Tests.Conditioning.Clip;

/// <summary>A tokeniser of letters, digits and signs, and the pieces of "cat".</summary>
internal static class TinyClip
{
    private static readonly string[] Letters = [.. "!\"#$%&'()*+,-./0123456789:;<=>?@abcdefghijklmnopqrstuvwxyz[]\\_`{|}~\u00c3\u00a9".Select(letter => letter.ToString())];

    /// <summary>The vocabulary in order of number; "!" is 0.</summary>
    public static readonly string[] Pieces =
        [.. Letters, .. Letters.Select(letter => letter + "</w>"), "ca", "at</w>", "cat</w>", "<|startoftext|>", "<|endoftext|>"];

    public static void WriteTokenizer(string folder, string[] pairs, int length = 77)
    {
        Directory.CreateDirectory(folder);
        JsonObject vocabulary = [];
        for (int i = 0; i < Pieces.Length; i++) vocabulary[Pieces[i]] = i;
        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString());
        File.WriteAllLines(Path.Combine(folder, "merges.txt"), ["#version: 0.2", .. pairs]);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), JsonSerializer.Serialize(new { model_max_length = length }));
    }
}
