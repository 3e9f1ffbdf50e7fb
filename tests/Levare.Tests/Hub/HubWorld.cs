using System.Text;
using Levare.Hub;

namespace Levare.Tests.Hub;

/// <summary>A hub with one model, and an empty cache; waits between attempts are noted rather than waited for.</summary>
internal sealed class HubWorld : IDisposable
{
    public const string Id = "someone/some-model";
    public const string FirstCommit = "1111111111111111111111111111111111111111", SecondCommit = "2222222222222222222222222222222222222222";
    private readonly TemporaryFolder _home = new();

    public HubWorld()
    {
        Files = Model();
        Hub.Add(Id, FirstCommit, ["main"], Files);
        Settings = new()
        {
            Endpoint = Hub.Address, CacheFolder = _home.File("hub"), Timeout = TimeSpan.FromSeconds(20),
            Wait = (time, _) => { Waits.Add(time); return Task.CompletedTask; },
        };
    }

    public LoopbackHub Hub { get; } = new();

    public Dictionary<string, byte[]> Files { get; }

    public HubSettings Settings { get; set; }

    public List<TimeSpan> Waits { get; } = [];

    public string Home => _home.Path;

    public string Folder => Path.Combine(Settings.CacheFolder, "models--someone--some-model");

    public static HubReference Reference => HubReference.Parse(Id);

    /// <summary>A model of two networks and a scheduler, with all that repositories have besides.</summary>
    public static Dictionary<string, byte[]> Model() => new()
    {
        ["model_index.json"] = Text("""{"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "vae": ["diffusers", "AutoencoderKL"], "scheduler": ["diffusers", "DDPMScheduler"], "safety_checker": [null, null]}"""),
        ["README.md"] = Text("# A model\n"),
        [".gitattributes"] = Text("*.safetensors filter=lfs\n"),
        ["unet/config.json"] = Text("""{"_class_name": "UNet2DModel"}"""),
        ["unet/diffusion_pytorch_model.safetensors"] = Bytes(300_000, 1),
        ["unet/diffusion_pytorch_model.fp16.safetensors"] = Bytes(150_000, 2),
        ["unet/diffusion_pytorch_model.bin"] = Bytes(300_000, 3),
        ["unet/model.onnx"] = Bytes(1000, 4),
        ["vae/config.json"] = Text("""{"_class_name": "AutoencoderKL"}"""),
        ["vae/diffusion_pytorch_model.safetensors"] = Bytes(100_000, 5),
        ["scheduler/scheduler_config.json"] = Text("""{"_class_name": "DDPMScheduler"}"""),
        ["safety_checker/model.safetensors"] = Bytes(1000, 6),
        ["some-model.ckpt"] = Bytes(1000, 7),
        ["some-model.safetensors"] = Bytes(1000, 8),
    };

    public static readonly string[] Needed =
    [
        "README.md", "model_index.json", "scheduler/scheduler_config.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
        "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
    ];

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public PulledModel Pull(PullOptions? options = null, HubReference? reference = null, CancellationToken cancellation = default) =>
        PullAsync(options, reference, cancellation).GetAwaiter().GetResult();

    public Task<PulledModel> PullAsync(PullOptions? options = null, HubReference? reference = null, CancellationToken cancellation = default) =>
        HubModel.PullAsync(reference ?? Reference, options, Settings, progress: null, cancellation);

    /// <summary>The paths in a snapshot, in order.</summary>
    public string[] Snapshot(string commit = FirstCommit)
    {
        string folder = Path.Combine(Folder, "snapshots", commit);
        return [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];
    }

    public string At(string path, string commit = FirstCommit) => Path.Combine([Folder, "snapshots", commit, .. path.Split('/')]);

    public string Blob(string path) => Path.Combine(Folder, "blobs", LoopbackHub.Sha256(Files[path]));

    public void Dispose()
    {
        Hub.Dispose();
        _home.Dispose();
    }
}
