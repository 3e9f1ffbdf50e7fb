using System.Text.Json;
using Levare.Conditioning.Prompts;
using Levare.Verification;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Conditioning.Prompts;

/// <summary>Prompts in the plain syntax become the embeddings that diffusers gives.</summary>
public sealed class PromptEncoderGoldenTests
{
    [Theory(SkipTestWithoutData = true)]
    [InlineData("sd15_pndm")]
    [InlineData("sd15_clip_skip1")]
    [InlineData("sd15_clip_skip2")]
    [InlineData("sd15_empty_prompt")]
    [InlineData("sd15_long_prompt")]
    [InlineData("sd15_unicode_prompt")]
    [InlineData("sd15_batch2")]
    [InlineData("sd21_vpred")]
    [InlineData("sdxl_txt2img")]
    [InlineData("sdxl_batch2")]
    [InlineData("sdxl_clip_skip1")]
    [InlineData("sdxl_empty_negative")]
    [InlineData("sdxl_two_prompts")]
    public void The_plain_syntax_gives_the_embeddings_of_diffusers(string name)
    {
        using GoldenCase golden = Golden.Open($"sd/{name}");
        using var scope = NewDisposeScope();
        using PromptEncoder encoder = PromptEncoder.Load(ModelFolder.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!)));
        JsonElement call = golden.Json.GetProperty("call");
        int skip = call.TryGetProperty("clip_skip", out JsonElement value) ? value.GetInt32() : 0;
        Check("prompt", "", "prompt_2", skip);
        Check("negative_prompt", "negative_", "negative_prompt_2", 0);

        void Check(string argument, string prefix, string second, int clipSkip)
        {
            string[] texts = Texts(call, argument), seconds = Texts(call, second);
            EncodedPrompts encoded = encoder.Encode([.. texts.Select((text, i) => new PromptText(text) { Second = seconds.ElementAtOrDefault(i), ClipSkip = clipSkip })]);
            Golden.Check([Comparison.Of(argument, encoded.Text, golden.Tensor(prefix + "prompt_embeds"), 1e-5)]);
            if (golden.Has(prefix + "pooled_prompt_embeds")) Golden.Check([Comparison.Of("pooled " + argument, encoded.Pooled!, golden.Tensor(prefix + "pooled_prompt_embeds"), 1e-5)]);
            Assert.Equal(name == "sd15_long_prompt" && prefix.Length == 0, encoded.Dropped.Length > 0);
        }
    }

    private static string[] Texts(JsonElement call, string argument) => !call.TryGetProperty(argument, out JsonElement value) ? []
        : value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(text => text.GetString()!)] : [value.GetString() ?? ""];
}
