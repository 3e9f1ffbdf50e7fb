using System.Text;
using System.Text.Json.Nodes;
using Levare.Runtime;
using Levare.Weights;

namespace Levare.Conditioning.Clip;

/// <summary>Writes CLIP's published tokeniser as transformers' files, for models that come without.</summary>
public static class ClipTokenizerFiles
{
    private const string Start = "<|startoftext|>", End = "<|endoftext|>";

    /// <summary>Writes vocab.json, merges.txt, special_tokens_map.json and tokenizer_config.json.</summary>
    /// <param name="folder">The folder, such as a model's tokenizer/; made when missing.</param>
    /// <param name="padding">The token that fills up: &lt;|endoftext|&gt; for CLIP's own encoders, ! for OpenCLIP's.</param>
    /// <exception cref="InvalidDataException">The vocabulary has no such token.</exception>
    public static void Write(string folder, string padding)
    {
        ClipVocabulary vocabulary = ClipVocabulary.Standard(padding);
        JsonFile.Write(Path.Combine(folder, "vocab.json"), new JsonObject(vocabulary.Pieces.OrderBy(pair => pair.Value).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))));
        StringBuilder merges = new("#version: 0.2\n");
        foreach ((string left, string right) in vocabulary.Merges) merges.Append(left).Append(' ').Append(right).Append('\n');
        AtomicFile.WriteText(Path.Combine(folder, "merges.txt"), merges.ToString());
        JsonFile.Write(Path.Combine(folder, "special_tokens_map.json"), Specials(padding));
        JsonObject config = Specials(padding);
        config["add_prefix_space"] = false;
        config["do_lower_case"] = true;
        config["model_max_length"] = vocabulary.Length;
        config["tokenizer_class"] = "CLIPTokenizer";
        JsonFile.Write(Path.Combine(folder, "tokenizer_config.json"), config);
    }

    private static JsonObject Specials(string padding) => new() { ["bos_token"] = Start, ["eos_token"] = End, ["pad_token"] = padding, ["unk_token"] = End };
}
