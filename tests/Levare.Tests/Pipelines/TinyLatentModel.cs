using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Data;
using Levare.Networks.Autoencoders;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Prompts;
using Levare.Pipelines.Spaces;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Tests.Pipelines;

/// <summary>A model of random weights on latents of half the side, whose prompts are numbers.</summary>
internal sealed class TinyLatentModel : IDisposable
{
    private const int TextWidth = 6;

    /// <summary>A model.</summary>
    /// <param name="inputChannels">4; 9 for a network that sees a mask and the rest of a picture; 8 for one that takes instructions, 7 for one that makes pictures larger.</param>
    /// <param name="guidanceWaves">The width in which the network is told of guidance; null where it is not.</param>
    /// <param name="scheduler">The scheduler's class.</param>
    /// <param name="classes">The number of classes that the network is told one of; null for none.</param>
    public TinyLatentModel(int inputChannels = 4, int? guidanceWaves = null, string scheduler = "EulerDiscreteScheduler", int? classes = null)
    {
        UNet2DCondition unet = new(new()
        {
            InChannels = inputChannels, BlockOutChannels = [8, 16], LayersPerBlock = [1, 1], NormNumGroups = 4, AttentionHeads = [2, 2], CrossAttentionDim = [TextWidth, TextWidth],
            DownBlockTypes = [ConditionDownBlockType.CrossAttnDownBlock2D, ConditionDownBlockType.DownBlock2D],
            UpBlockTypes = [ConditionUpBlockType.UpBlock2D, ConditionUpBlockType.CrossAttnUpBlock2D],
            TransformerLayers = [[1], [1]], OnlyCrossAttention = [false, false], TimeConditionDim = guidanceWaves,
            ClassEmbedding = classes is null ? null : ConditionClassEmbedding.Learned, NumClassEmbeds = classes,
        });
        AutoencoderKl autoencoder = new(new() { BlockOutChannels = [4, 8], EncoderAttention = [false, false], DecoderAttention = [false, false], NormNumGroups = 2 });
        foreach (nn.Module network in new nn.Module[] { unet, autoencoder }) Fill(network);
        Parts = new()
        {
            Network = unet,
            Type = ScalarType.Float32,
            Scheduler = DiffusersScheduler.ReadConfig(Levare.Runtime.PythonJson.Parse(System.Text.Encoding.UTF8.GetBytes($$"""
                {"_class_name": "{{scheduler}}", "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": false, "steps_offset": 1, "skip_prk_steps": true}
                """)).RootElement),
            Conditioner = new Numbers(),
            Defaults = new() { Steps = 4, Guidance = 3 },
            Space = new LatentSpace(autoencoder),
            InputChannels = inputChannels,
            Size = new(16, 16),
            SideMultiple = 2,
            LeastGuidance = 1,
            GuidanceWaves = guidanceWaves,
        };
        Pipeline = new(Parts, CPU);
    }

    public ImageModelParts Parts { get; }

    public ImagePipeline Pipeline { get; }

    /// <summary>A batch of one prompt for each number.</summary>
    public ImageBatch Batch(params int[] prompts) => new()
    {
        Prompts = [.. prompts.Select(prompt => new ImagePrompt($"{prompt}"))],
        Schedule = new(4),
        Guidance = Parts.GuidanceOf(3),
    };

    /// <summary>A picture of smooth colours.</summary>
    public static RawImage Picture(int width = 16, int height = 16) => new(width, height, 3,
        [.. Enumerable.Range(0, width * height * 3).Select(i => (byte)(127 + 100 * Math.Sin(i * 0.05 + i % 3)))]);

    /// <summary>A mask whose right half is white.</summary>
    public static RawImage RightHalf(int width = 16, int height = 16) => new(width, height, 1,
        [.. Enumerable.Range(0, width * height).Select(i => i % width >= width / 2 ? byte.MaxValue : (byte)0)]);

    public void Dispose() => Parts.Dispose();

    private static void Fill(nn.Module network)
    {
        using Generator random = new(7, CPU);
        using (no_grad())
            foreach (TorchSharp.Modules.Parameter weight in network.parameters())
            {
                using Tensor values = randn(weight.shape, generator: random) * 0.2;
                weight.copy_(values);
            }
        network.eval();
    }

    /// <summary>A prompt is the seed of its states.</summary>
    private sealed class Numbers : IBatchConditioner
    {
        public PromptConditions Encode(ConditioningRequest request) =>
            new(Text(request.Prompts.Select(prompt => prompt.Text)), request.NeedsNegative ? Text(request.Prompts.Select(prompt => prompt.Negative ?? "0")) : null);

        public void Dispose() { }

        private static Condition Text(IEnumerable<string> prompts) => Condition.None.With(ConditionNames.Text, cat([.. prompts.Select(State)], 0));

        private static Tensor State(string prompt)
        {
            using Generator random = new(ulong.Parse(prompt, System.Globalization.CultureInfo.InvariantCulture), CPU);
            return randn([1, 3, TextWidth], generator: random);
        }
    }
}
