using System.Text.RegularExpressions;

namespace Levare.Weights;

/// <summary>What the name of a file of weights says, as diffusers and transformers name them.</summary>
/// <remarks>
/// NAME[.variant].safetensors, NAME[.variant].safetensors.index.json, NAME.safetensors.index[.variant].json, the shards
/// NAME[.variant]-00001-of-00002.safetensors and NAME-00001-of-00002[.variant].safetensors, and all of these in .bin.
/// </remarks>
/// <param name="Name">diffusion_pytorch_model, model or pytorch_model.</param>
/// <param name="Variant">fp16, say; empty for plain weights.</param>
/// <param name="IsPickle">Whether it is torch's own format rather than safetensors.</param>
/// <param name="IsIndex">Whether it names the files that hold the weights.</param>
/// <param name="IsShard">Whether it holds a part of the weights.</param>
internal sealed partial record WeightFileName(string Name, string Variant, bool IsPickle, bool IsIndex, bool IsShard)
{
    /// <summary>The known names, the preferred one first.</summary>
    public static readonly IReadOnlyList<string> Names = ["diffusion_pytorch_model", "model", "pytorch_model"];

    /// <summary>Which of several files is opened: the lowest, safetensors before pickles and one file before an index.</summary>
    public int Rank => ((IsPickle ? 2 : 0) + (IsIndex ? 1 : 0)) * Names.Count + Names.TakeWhile(name => name != Name).Count();

    /// <summary>Reads a file's name; null where it is of no known kind.</summary>
    public static WeightFileName? Parse(string fileName)
    {
        Match match = Pattern().Match(fileName);
        if (!match.Success) return null;
        bool isIndex = match.Groups["index"].Success, isShard = match.Groups["shard"].Success;
        return isIndex && isShard ? null
            : new(match.Groups["name"].Value, match.Groups["variant"].Value + match.Groups["late"].Value, match.Groups["ending"].Value == "bin", isIndex, isShard);
    }

    [GeneratedRegex(@"^(?<name>diffusion_pytorch_model|pytorch_model|model)(\.(?<variant>[\w-]+?))?(?<shard>-\d{5}-of-\d{5}(\.(?<late>[\w-]+))?)?\.(?<ending>safetensors|bin)(?<index>\.index(\.(?<late>[\w-]+))?\.json)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
