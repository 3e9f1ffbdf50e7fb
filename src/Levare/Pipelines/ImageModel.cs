using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Levare.Adapters;
using Levare.Conditioning.Clip;
using Levare.Conditioning.Prompts;
using Levare.Pipelines.Formats;
using Levare.Pipelines.Tasks;
using Levare.Runtime;
using Levare.Safety;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>A model that makes pictures, opened from its folder.</summary>
/// <remarks>
/// Immutable after loading and thread-safe: any number of requests may run at the same time, and each gives the bits that it gives
/// alone. Seeds, solver memory and random draws belong to a request. Dispose it when no request runs any more.
/// </remarks>
public sealed class ImageModel : IDisposable
{
    private readonly ImageModelParts _parts;
    private readonly ImagePipeline _pipeline;
    private readonly Device _device;
    private readonly ImageModelOptions _options;
    private readonly string? _source;
    private readonly Lazy<string> _fingerprint;
    private readonly Lazy<string?> _vaeFingerprint;
    private readonly Action _diagnose;
    private readonly ImmutableArray<AdapterRecipe> _adapters;
    private readonly ImmutableArray<WordRecipe> _words;
    private readonly SharedLife _life;
    private readonly IDisposable _held;

    private ImageModel(ImageModelParts parts, ModelFiles model, Device device, string? source, ImageModelOptions options)
    {
        _parts = parts;
        _pipeline = new(parts, device);
        _device = device;
        _options = options;
        _source = source;
        ClassName = model.ClassName;
        Folder = model.Path;
        _fingerprint = new(() => ModelFingerprint.Of(model.Path));
        _vaeFingerprint = new(() => options.Vae is { } vae ? ModelFingerprint.Of(vae) : null);
        _diagnose = () => model.ThrowIfNotFinite(options.Variant);
        _adapters = [];
        _words = [];
        _life = new(parts);
        _held = _life.Hold();
    }

    // What is shared with the model without adapters lives as long as either does.
    private ImageModel(ImageModel origin, AdaptedParts parts, IDisposable originHeld, ImmutableArray<AdapterRecipe> adapters, ImmutableArray<WordRecipe> words)
    {
        _parts = parts.Parts;
        _pipeline = new(_parts, origin._device);
        _device = origin._device;
        _options = origin._options;
        _source = origin._source;
        ClassName = origin.ClassName;
        Folder = origin.Folder;
        _fingerprint = origin._fingerprint;
        _vaeFingerprint = origin._vaeFingerprint;
        _diagnose = origin._diagnose;
        _adapters = adapters;
        _words = words;
        _life = new(parts, originHeld);
        _held = _life.Hold();
    }

    /// <summary>The model's folder or file.</summary>
    public string Folder { get; }

    /// <summary>What it is made of.</summary>
    internal ImageModelParts Parts => _parts;

    /// <summary>Where it computes.</summary>
    internal Device Device => _device;

    /// <summary>The pipeline's class, as model_index.json names it.</summary>
    public string ClassName { get; }

    /// <summary>What the model does where a request is silent.</summary>
    public ImageDefaults Defaults => _parts.Defaults;

    /// <summary>The size that the model was trained for.</summary>
    public ImageSize Size => _parts.Size;

    /// <summary>What can be made with the model; the first is what it is made for.</summary>
    public ImmutableArray<ImageTaskKind> Tasks => _parts.Tasks;

    /// <summary>Whether a model is of a class that can be opened.</summary>
    public static bool Supports(ModelFiles model) => ImageModelFormats.Find(model) is not null;

    /// <summary>Opens a model: a folder in diffusers' layout, or a file that holds all of it.</summary>
    /// <exception cref="IOException">There is no model in the folder.</exception>
    /// <exception cref="NotSupportedException">Its class is not supported, or the device cannot compute in the format.</exception>
    /// <exception cref="InvalidDataException">A file of it is not sound.</exception>
    /// <exception cref="PlatformNotSupportedException">This machine does not have the device.</exception>
    public static ImageModel Load(string path, ImageModelOptions? options = null) => Open(path, options?.Source ?? path, options ?? new());

    /// <summary>Opens the model in the box.</summary>
    /// <inheritdoc cref="Load"/>
    public static ImageModel LoadDefault(ImageModelOptions? options = null) => Open(DefaultModel.Folder(), null, options ?? new());

    /// <summary>This model with adapters: a model of its own that shares with this one whatever no adapter touches.</summary>
    /// <remarks>
    /// Nothing is written to this model, whose requests may run meanwhile; taking the adapters away is disposing the result. Either may be disposed
    /// first. The adapters' files may be closed when this returns. Adapters that this model has already stay on.
    /// </remarks>
    /// <param name="adapters">The adapters with their weights; their order does not matter.</param>
    /// <exception cref="ArgumentException">A weight is not finite.</exception>
    /// <exception cref="InvalidDataException">An adapter does not fit the model: the message lists what found no place.</exception>
    /// <exception cref="NotSupportedException">Adapters cannot change models of this class.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public ImageModel With(params IEnumerable<WeightedAdapter> adapters)
    {
        WeightedAdapter[] wanted = [.. adapters];
        return With(parts => AdaptedParts.Of(parts, wanted), [.. _adapters, .. wanted.Select(AdapterRecipe.Of)], _words);
    }

    /// <summary>This model with words that were learned from pictures (textual inversion): a model of its own that shares all its networks with this one.</summary>
    /// <remarks>As with adapters, nothing is written to this model, either may be disposed first, and the words may be disposed when this returns.</remarks>
    /// <param name="words">The words.</param>
    /// <exception cref="ArgumentException">A word is for another kind of model, or this one has it already; the message names its file.</exception>
    /// <exception cref="NotSupportedException">Models of this class read no words by such text encoders.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public ImageModel With(params IEnumerable<TextualInversion> words)
    {
        TextualInversion[] wanted = [.. words];
        return With(parts => AdaptedParts.Of(parts, wanted), _adapters, [.. _words, .. wanted.Select(WordRecipe.Of)]);
    }

    private ImageModel With(Func<ImageModelParts, AdaptedParts> adapt, ImmutableArray<AdapterRecipe> adapters, ImmutableArray<WordRecipe> words)
    {
        IDisposable held = _life.Hold();
        try
        {
            return new(this, adapt(_parts), held, adapters, words);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>What an adapter would change in this model, and what of it finds no place. Nothing is computed.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="strictness">Whether what finds no place is an error.</param>
    /// <exception cref="InvalidDataException">Nothing of the adapter fits the model, or not all of it does (see <paramref name="strictness"/>).</exception>
    /// <exception cref="NotSupportedException">Adapters cannot change models of this class.</exception>
    public AdapterMatch Match(AdapterFile adapter, Strictness strictness = Strictness.Strict) => adapter.Match(AdaptedParts.Targets(_parts), strictness);

    /// <summary>The words of a prompt that mean nothing to the model and are passed over.</summary>
    public IReadOnlyList<string> UnknownWords(string prompt) => _parts.Conditioner.Unknown(prompt);

    /// <summary>Makes a picture, step by step, in the caller's thread.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancellation">Is seen before each evaluation of the network.</param>
    /// <exception cref="ArgumentException">The request names something that does not exist (<see cref="UnknownNameException"/>) or does not fit the model (<see cref="RequestException"/>).</exception>
    public IEnumerable<ImageStep> Steps(ImageRequest request, CancellationToken cancellation = default)
    {
        ImageRun run = Prepare(request);
        return run.Steps(cancellation).Select(step => step[0]);
    }

    /// <summary>Makes a picture.</summary>
    /// <inheritdoc cref="Steps"/>
    public ImageResult Generate(ImageRequest request, CancellationToken cancellation = default)
    {
        ImageResult? result = null;
        foreach (ImageStep step in Steps(request, cancellation)) result = step.Result;
        return result!;
    }

    /// <summary>Makes several pictures in one batch. Each picture draws what it draws alone, wherever in the batch it stands; last digits may differ.</summary>
    /// <param name="requests">One or more, which differ in prompts, seeds and initial latents only.</param>
    /// <param name="cancellation">Is seen before each evaluation of the network.</param>
    /// <exception cref="ArgumentException">The requests do not go together, or one names something that does not exist or does not fit the model.</exception>
    public IReadOnlyList<ImageResult> GenerateBatch(ImmutableArray<ImageRequest> requests, CancellationToken cancellation = default)
    {
        ImmutableArray<ImageStep> last = [];
        foreach (ImmutableArray<ImageStep> step in BatchSteps(requests, cancellation)) last = step;
        return [.. last.Select(step => step.Result!)];
    }

    /// <summary>Makes several pictures in one batch, step by step, in the caller's thread; each step has an entry for each picture.</summary>
    /// <inheritdoc cref="GenerateBatch"/>
    public IEnumerable<ImmutableArray<ImageStep>> BatchSteps(ImmutableArray<ImageRequest> requests, CancellationToken cancellation = default) => Prepare(requests).Steps(cancellation);

    /// <summary>Makes a picture, step by step, on a thread of its own; leaving the loop stops it.</summary>
    /// <inheritdoc cref="Steps"/>
    public async IAsyncEnumerable<ImageStep> StreamAsync(ImageRequest request, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ImageRun run = Prepare(request);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Channel<ImageStep> steps = Channel.CreateUnbounded<ImageStep>(new() { SingleReader = true, SingleWriter = true });
        // Torch's scopes are per thread, so a run stays on one.
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread worker = new(() =>
        {
            Produce(run, steps.Writer, stop.Token);
            ended.SetResult();
        }) { IsBackground = true, Name = "Levare image" };
        worker.Start();
        try
        {
            await foreach (ImageStep step in steps.Reader.ReadAllAsync(CancellationToken.None)) yield return step;
        }
        finally
        {
            await stop.CancelAsync();
            // An evaluation may take seconds, which the reader's thread is not to stand still for.
            await ended.Task;
        }
    }

    /// <summary>Makes a picture on a thread of its own.</summary>
    /// <inheritdoc cref="Steps"/>
    public async Task<ImageResult> GenerateAsync(ImageRequest request, CancellationToken cancellation = default)
    {
        ImageResult? result = null;
        await foreach (ImageStep step in StreamAsync(request, cancellation)) result = step.Result;
        return result!;
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    private static ImageModel Open(string path, string? source, ImageModelOptions options)
    {
        NativeTorch.Require();
        ModelFiles model = ModelFiles.Open(path, options.Configuration);
        if (options.Vae is { } vae) model = model.With(parts: [new(GivenAutoencoder.Part, GivenAutoencoder.Open(vae, model))]);
        DerivedSoundness.Require(model);
        IImageModelFormat format = ImageModelFormats.Of(model);
        Device device = ComputeDevice.Parse(options.Device);
        ScalarType? type = options.Dtype is { } name ? ComputeDevice.ParseType(name, device) : null;
        ImageModelParts parts = format.Open(model, new(device, type, options.Variant, options.MaxMemory));
        return new(parts with { Judge = Judge(model, options) }, model, device, source, options);
    }

    private static PictureJudge? Judge(ModelFiles model, ImageModelOptions options) =>
        options.Safety != SafetyCheck.Off && SafetyChecker.Load(model, options.Variant) is { } checker ? new(checker, options.Safety) : null;

    private ImageRun Prepare(params ImmutableArray<ImageRequest> requests)
    {
        ImagePlan plan = _pipeline.Plan(ImageBatches.Of(requests, _parts));
        return new(_pipeline, plan, [.. requests.Select(request => Recipe(request, plan))], _device)
        {
            Diagnose = _diagnose,
            Then = requests[0].Refiner is { } refiner ? RefinerStage.Of(refiner, refiner.Model._pipeline, refiner.Model._device, requests, plan, _parts) : null,
        };
    }

    private ImageRecipe Recipe(ImageRequest request, ImagePlan plan) => new()
    {
        Model = _source,
        Fingerprint = _fingerprint.Value,
        Variant = _options.Variant,
        Configuration = _options.Configuration,
        Vae = _options.Vae,
        VaeFingerprint = _vaeFingerprint.Value,
        Safety = _options.Safety == SafetyCheck.Blacken ? null : _options.Safety,
        Adapters = ForRecipe(_adapters),
        Words = ForRecipe(_words),
        Prompt = request.Prompt,
        Negative = request.Negative,
        SecondPrompt = request.SecondPrompt,
        SecondNegative = request.SecondNegative,
        Syntax = request.Syntax == PromptSyntax.Plain ? null : request.Syntax,
        ClipSkip = request.ClipSkip,
        Task = request.Task.ToRecipe(_parts),
        Controls = request.Controls.IsEmpty ? null : [.. request.Controls.Select(control => control.ToRecipe()).OfType<ControlRecipe>()],
        Attention = request.Attention?.ToRecipe(),
        Micro = request.Micro == new MicroConditioning() ? null : request.Micro,
        Seed = request.Seed,
        Steps = plan.Batch.Schedule.Steps,
        Guidance = request.Guidance ?? Defaults.Guidance,
        GuidanceRescale = request.GuidanceRescale == 0 ? null : request.GuidanceRescale,
        Eta = request.Eta,
        Timesteps = ForRecipe(request.Timesteps),
        Sigmas = ForRecipe(request.Sigmas),
        Until = request.Until,
        Tiled = plan.Memory?.InTiles == true ? true : null,
        Width = plan.Size.Width,
        Height = plan.Size.Height,
        Sampler = plan.Batch.Solver?.Name,
        Grid = plan.Batch.Grid?.Name,
        Device = _device.ToString(),
        Dtype = ComputeDevice.NameOf(_parts.Type),
        InitialLatents = request.InitialLatents?.Hash,
        Refiner = request.Refiner?.Model._source,
        RefinerFingerprint = request.Refiner?.Model._fingerprint.Value,
        RefinerAdapters = ForRecipe(request.Refiner?.Model._adapters ?? []),
        RefinerWords = ForRecipe(request.Refiner?.Model._words ?? []),
        SwitchAt = request.Refiner?.SwitchAt,
    };

    private static ImmutableArray<T>? ForRecipe<T>(ImmutableArray<T> items) => items.IsEmpty ? null : items;

    private static void Produce(ImageRun run, ChannelWriter<ImageStep> steps, CancellationToken cancellation)
    {
        try
        {
            foreach (ImmutableArray<ImageStep> step in run.Steps(cancellation)) steps.TryWrite(step[0]);
            steps.Complete();
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the one who reads the steps.
        catch (Exception e)
#pragma warning restore CA1031
        {
            steps.Complete(e);
        }
    }
}
