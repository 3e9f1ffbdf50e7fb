using Levare.Conditioning;
using Levare.Networks.Attention;
using Levare.Networks.Control;
using Levare.Networks.UNet;
using Levare.Verification;
using Levare.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Control;

public sealed class ControlGoldenTests
{
    [Theory]
    [InlineData("sd/sd15_controlnet", 0.8, 0.8, DepthWeighting.Even)]
    [InlineData("sd/sd15_controlnet_guess", 0, 1, DepthWeighting.Rising)]
    public void A_ControlNet_steers_as_in_diffusers(string name, double negative, double positive, DepthWeighting weighting)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using FirstEvaluation first = FirstEvaluation.Of(name);
        using ControlNet net = ControlNet.Load(ModelComponent.Open(first.Path(first.Golden.Json.GetProperty("controlnet").GetString()!)));
        Condition condition = first.Text
            .With(ConditionNames.ControlImage(0), first.Picture("control.png").repeat(2, 1, 1, 1))
            .With(ConditionNames.ControlScale(0), tensor(new[] { (float)negative, (float)positive }));
        using ControlledNetwork controlled = new(first.Network) { ControlNets = [new(net, weighting)] };
        Golden.Check(
        [
            .. Residuals(first, net, condition, weighting, positive),
            Comparison.Of("U-Net", controlled.call(first.Input.repeat(2, 1, 1, 1), first.Time, condition), first.Expected),
        ]);
    }

    [Fact]
    public void A_T2I_adapter_steers_as_in_diffusers()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using FirstEvaluation first = FirstEvaluation.Of("sd/sd15_t2i_adapter");
        using T2IAdapter adapter = T2IAdapter.Load(ModelComponent.Open(first.Path("adapter")));
        IReadOnlyList<Tensor> features = adapter.call(first.Picture("control.png"));
        Condition added = T2IAdapter.Condition((features, 0.9));
        Condition condition = added.Tensors.Aggregate(first.Text, (all, pair) => all.With(pair.Key, pair.Value.repeat(2, 1, 1, 1)));
        Golden.Check(
        [
            Comparison.Of("features 0", features[0], first.Golden.Tensor("adapter_out.0")),
            Comparison.Of("features 1", features[1], first.Golden.Tensor("adapter_out.1")),
            Comparison.Of("U-Net", first.Network.call(first.Input.repeat(2, 1, 1, 1), first.Time, condition), first.Expected),
        ]);
    }

    [Theory]
    [InlineData("sd/sd15_ip_adapter", 1)]
    [InlineData("sd/sd15_ip_adapter_scale", 0.5)]
    public void An_IP_adapter_shows_a_picture_as_in_diffusers(string name, float scale)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using FirstEvaluation first = FirstEvaluation.Of(name);
        using IpAdapter adapter = IpAdapter.Load(first.Path(first.Golden.Json.GetProperty("ip_adapter").GetString()!), first.Network);
        using GoldenCase embedded = Golden.Open("sd/sd15_ip_adapter");
        Tensor picture = embedded.Tensor("image_embeds");
        Condition condition = first.Text
            .With(ConditionNames.ImagePrompt(0), cat([zeros_like(picture), picture], 0)).With(ConditionNames.ImagePromptScale(0), full(2, scale));
        using ControlledNetwork controlled = new(first.Network) { ImagePrompts = [adapter] };
        Golden.Check([Comparison.Of("U-Net", controlled.call(first.Input.repeat(2, 1, 1, 1), first.Time, condition), first.Expected)]);
    }

    [Fact]
    public void FreeU_weighs_features_and_skips_as_in_diffusers()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using FirstEvaluation first = FirstEvaluation.Of("sd/sd15_freeu");
        UNetInterventions freeU = new() { FreeU = new(B1: 1.2, B2: 1.4, S1: 0.9, S2: 0.2) };
        Golden.Check([Comparison.Of("U-Net", first.Network.Evaluate(first.Input.repeat(2, 1, 1, 1), first.Time, first.Text, freeU), first.Expected)]);
    }

    [Fact]
    public void Identity_attention_disturbs_the_network_as_in_diffusers()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using FirstEvaluation first = FirstEvaluation.Of("sd/sd15_pag");
        Condition positive = first.Text.Map((_, text) => text.narrow(0, 1, 1));
        Tensor plain = first.Network.call(first.Input.repeat(2, 1, 1, 1), first.Time, first.Text);
        Tensor perturbed = first.Network.Evaluate(first.Input, first.Time, positive, new() { IdentityAttention = new AttentionSelection("mid") });
        Golden.Check([Comparison.Of("negative, positive, perturbed", cat([plain, perturbed], 0), first.Expected)]);
    }

    [Fact]
    public void A_probe_keeps_the_weights_of_the_bottom_and_changes_nothing()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using FirstEvaluation first = FirstEvaluation.Of("sd/sd15_sag");
        using AttentionProbe probe = new(AttentionProbe.MiddleLayer);
        Tensor output = first.Network.Evaluate(first.Input.repeat(2, 1, 1, 1), first.Time, first.Text, new() { Probe = probe });
        Golden.Check([Comparison.Of("U-Net", output, first.Expected)]);
        Assert.Equal([2, 2, 16, 16], probe.Weights!.shape);
        Golden.Check([Comparison.Of("sums", probe.Weights.sum([-1]), ones(2, 2, 16))]);
    }

    // The case holds what the ControlNet gave for the rows that it ran for, scales and all.
    private static IEnumerable<Comparison> Residuals(FirstEvaluation first, ControlNet net, Condition condition, DepthWeighting weighting, double scale)
    {
        long rows = first.Golden.Tensor("controlnet_out.mid").shape[0];
        Condition own = condition.Map((_, all) => all.narrow(0, 2 - rows, rows));
        UNetResiduals given = net.Evaluate(first.Input.repeat(rows, 1, 1, 1), first.Time, own, own[ConditionNames.ControlImage(0)]);
        int count = given.Skips.Count;
        UNetResiduals weighted = given.Map((residual, place) => residual * scale * (weighting == DepthWeighting.Rising ? Math.Pow(10, (double)place / count - 1) : 1));
        for (int i = 0; i < count; i++) yield return Comparison.Of($"skip {i}", weighted.Skips[i], first.Golden.Tensor($"controlnet_out.down.{i}"));
        yield return Comparison.Of("bottom", weighted.Middle, first.Golden.Tensor("controlnet_out.mid"));
    }
}
