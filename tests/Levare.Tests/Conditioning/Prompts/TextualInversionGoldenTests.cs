using System.Text.Json;
using Levare.Conditioning.Clip;
using Levare.Conditioning.Prompts;
using Levare.Verification;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Conditioning.Prompts;

/// <summary>Words that were learned from pictures, in all formats of files, mean to a model what they mean in diffusers.</summary>
public sealed class TextualInversionGoldenTests
{
    [Theory(SkipTestWithoutData = true)]
    [InlineData("sd15_textual_inversion1", "learned_embeds.safetensors")]
    [InlineData("sd15_textual_inversion1", "learned_embeds.bin")]
    [InlineData("sd15_textual_inversion1", "a1111.pt")]
    [InlineData("sd15_textual_inversion1", "a1111.safetensors")]
    [InlineData("sd15_textual_inversion3", "learned_embeds.safetensors")]
    [InlineData("sd15_textual_inversion3", "learned_embeds.bin")]
    [InlineData("sd15_textual_inversion3", "a1111.pt")]
    [InlineData("sd15_textual_inversion3", "a1111.safetensors")]
    [InlineData("sdxl_textual_inversion", "embedding.safetensors")]
    public void A_learned_word_gives_the_embeddings_of_diffusers(string name, string file)
    {
        using GoldenCase golden = Golden.Open($"sd/{name}");
        using var scope = NewDisposeScope();
        JsonElement call = golden.Json.GetProperty("call");
        PromptText[] prompts = [new(call.GetProperty("prompt").GetString()!), new(call.GetProperty("negative_prompt").GetString()!)];
        using PromptEncoder without = PromptEncoder.Load(ModelFolder.Open(Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!)));
        Tensor before = without.Encode(prompts).Text;
        using TextualInversion inversion = TextualInversion.Load(Path.Combine(golden.Folder, file), golden.Json.GetProperty("token").GetString());
        using (PromptEncoder encoder = without.With(inversion))
        {
            Assert.Equal(golden.Tensor("input_ids")[0].data<long>(), encoder.Encoders[0].Tokenizer.EncodePadded(prompts[0].Text).Numbers.Select(number => (long)number));
            EncodedPrompts encoded = encoder.Encode(prompts);
            Golden.Check([Comparison.Of("text", encoded.Text, cat([golden.Tensor("prompt_embeds"), golden.Tensor("negative_prompt_embeds")], 0), 1e-5)]);
            if (golden.Has("pooled_prompt_embeds"))
                Golden.Check([Comparison.Of("pooled", encoded.Pooled!, cat([golden.Tensor("pooled_prompt_embeds"), golden.Tensor("negative_pooled_prompt_embeds")], 0), 1e-5)]);
        }
        Assert.Equal(before.data<float>(), without.Encode(prompts).Text.data<float>());
    }
}
