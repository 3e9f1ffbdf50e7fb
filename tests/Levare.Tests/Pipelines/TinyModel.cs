using Levare.Networks.Blocks;
using Levare.Networks.UNet;
using Levare.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

/// <summary>A model folder of random weights that knows three classes and none, 8x8 pixels; deleted when disposed.</summary>
internal sealed class TinyModel : IDisposable
{
    private const string Scheduler = """
        {"_class_name": "EulerDiscreteScheduler", "num_train_timesteps": 1000, "beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear",
         "prediction_type": "sample", "timestep_spacing": "linspace"}
        """;

    public TinyModel(string levare = """{"steps": 5, "guidance": 2}""")
    {
        Folder = Path.Combine(Path.GetTempPath(), $"levare-tiny-{Guid.NewGuid():N}");
        Write("model_index.json", """
            {"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "EulerDiscreteScheduler"],
             "id2label": {"0": "circle", "1": "square, box", "2": "star"}}
            """);
        Write("scheduler/scheduler_config.json", Scheduler);
        Write("levare.json", levare);
        UNet2DConfig config = new()
        {
            SampleSize = (8, 8), BlockOutChannels = [8, 8], LayersPerBlock = 1, NormNumGroups = 4, AttentionHeadDim = 4,
            DownBlockTypes = [DownBlockType.DownBlock2D, DownBlockType.AttnDownBlock2D],
            UpBlockTypes = [UpBlockType.AttnUpBlock2D, UpBlockType.UpBlock2D],
            ClassEmbedding = ClassEmbeddingType.Learned, NumClassEmbeds = 4,
        };
        Write("unet/config.json", UNet2DConfigJson.Write(config).ToJsonString());
        using UNet2D network = new(config);
        using Generator random = new(7, CPU);
        using (no_grad())
            foreach (TorchSharp.Modules.Parameter weight in network.parameters())
                weight.copy_(randn(weight.shape, generator: random) * 0.2);
        SafetensorsWriter.Write(Path.Combine(Folder, "unet", "diffusion_pytorch_model.safetensors"), network.state_dict());
    }

    public string Folder { get; }

    public void Write(string name, string text)
    {
        string path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
