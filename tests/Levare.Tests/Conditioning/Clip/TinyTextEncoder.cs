using Levare.Conditioning.Clip;
using Levare.Conditioning.Prompts;
using Levare.Networks.Clip;
using TorchSharp;

namespace Levare.Tests.Conditioning.Clip;

/// <summary>A text encoder of two layers with random weights, and the tokeniser of letters.</summary>
internal static class TinyTextEncoder
{
    public static TextEncoder Make(string folder, int width = 8, bool hasProjection = false, int seed = 0)
    {
        TinyClip.WriteTokenizer(folder, ["a t</w>", "c at</w>"]);
        torch.random.manual_seed(seed);
        ClipTextModel model = new(new()
        {
            VocabularySize = TinyClip.Pieces.Length,
            Encoder = new() { Width = width, InnerWidth = 2 * width, Layers = 2, Heads = 2 },
            ProjectionWidth = 4,
            EndNumber = TinyClip.Pieces.Length - 1,
        }, hasProjection);
        model.eval();
        return new(ClipTokenizer.Load(folder), model);
    }
}
