using System.Collections.Immutable;
using System.Text.Json;
using Levare.Conditioning;
using Levare.Networks;
using Levare.Networks.Blocks;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks;

public sealed class UNet2DConditionTests
{
    private static readonly UNet2DConditionConfig Small = new()
    {
        BlockOutChannels = [8, 16], LayersPerBlock = [1, 1], NormNumGroups = 4, AttentionHeads = [2, 2], CrossAttentionDim = [6, 6],
        DownBlockTypes = [ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.DownBlock2D],
        UpBlockTypes = [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D],
        TransformerLayers = [[1], [1]], OnlyCrossAttention = [false, false],
    };

    /// <summary>Folders with a U-Net in the layout of SD 1, SD 2, SDXL, its refiner, the upscaler, a distilled one, inpainting, and editing by words.</summary>
    public static TheoryData<string> Models =>
    [
        "sd/sd15_model/unet", "sd/sd15_small_model/unet", "sd/sd21_vpred/model/unet", "sd/sdxl_model/unet", "sd/sdxl_refiner/model/unet",
        "sd/sd_x4_upscaler/model/unet", "sd/sd15_lcm_distilled/unet", "sd/sd15_inpaint9/unet", "sd/sd15_instruct_pix2pix/model/unet",
        "marigold/depth/model/unet", "audio/musicldm/model/unet",
    ];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Models))]
    public void A_configuration_alone_says_which_weights_there_are(string model)
    {
        string folder = Path.Combine(Golden.Folder ?? "", model);
        Assert.SkipWhen(!Directory.Exists(folder), $"{model} is not there");
        ModelComponent component = ModelComponent.Open(folder);
        using IWeights weights = component.OpenWeights();
        using IDisposable shapesAlone = NetworkConstruction.WithoutWeights();
        using UNet2DCondition network = new(UNet2DConditionConfigJson.Read(component.Config, component.ConfigPath));
        Assert.Equal(
            weights.Entries.Values.Select(entry => $"{entry.Name} [{string.Join(", ", entry.Shape)}]").Order(),
            network.state_dict().Select(pair => $"{pair.Key} [{string.Join(", ", pair.Value.shape)}]").Order());
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Models))]
    public void A_configuration_survives_being_written_and_read(string model)
    {
        string folder = Path.Combine(Golden.Folder ?? "", model);
        Assert.SkipWhen(!Directory.Exists(folder), $"{model} is not there");
        UNet2DConditionConfig config = UNet2DConditionConfigJson.Read(ModelComponent.Open(folder).Config, model);
        using JsonDocument written = JsonDocument.Parse(UNet2DConditionConfigJson.Write(config).ToJsonString());
        Assert.Equivalent(config, UNet2DConditionConfigJson.Read(written.RootElement, "written"));
    }
}
