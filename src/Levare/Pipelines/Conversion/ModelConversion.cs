using System.Text.Json;
using System.Text.Json.Nodes;
using Levare.Conditioning.Clip;
using Levare.Pipelines.Formats;
using Levare.Weights;

namespace Levare.Pipelines;

/// <summary>Turns models from one layout on disk into another: folders in diffusers' layout, and single .safetensors files in the layouts they were trained in.</summary>
/// <remarks>Tensors are read and written one at a time. The source is never changed, and what is half written never looks like a model.</remarks>
public static class ModelConversion
{
    private const string FileEnding = ".safetensors";
    private static readonly string[] SmallEndings = [".json", ".txt", ".model"];

    /// <summary>Converts a model.</summary>
    /// <param name="source">A model folder, or a single file (.safetensors, .ckpt, .gguf ...).</param>
    /// <param name="target">A file that ends with .safetensors, or a folder, which must be new or empty.</param>
    /// <param name="options">How; as it is when null.</param>
    /// <param name="written">Told each key when it is written; null for nobody.</param>
    /// <param name="cancellation">Ends the conversion before the next tensor.</param>
    /// <exception cref="InvalidDataException">The source is broken, has values that are not finite, or tensors that the target has no place for.</exception>
    /// <exception cref="NotSupportedException">There is no such layout for the model.</exception>
    /// <exception cref="IOException">There is no such source, or the target exists.</exception>
    public static void Convert(string source, string target, ConversionOptions? options = null, Action<string>? written = null, CancellationToken cancellation = default)
    {
        options ??= new();
        PendingTensor Change(PendingTensor tensor, string path) => ConvertedTensors.Of(tensor, path, options, written, cancellation);
        bool toFile = target.EndsWith(FileEnding, StringComparison.OrdinalIgnoreCase);
        if (!toFile && Path.GetExtension(target).ToLowerInvariant() is ".ckpt" or ".pt" or ".pth" or ".bin" or ".gguf")
            throw new NotSupportedException($"{target}: files of weights are written as {FileEnding} only.");
        RequireNew(target, toFile);
        if (toFile && Directory.Exists(source)) WriteSingleFile(ModelFolder.Open(source), target, options, Change);
        else if (toFile) Rewrite(source, target, Change);
        else WriteWholeFolder(ModelFiles.Open(source, options.Configuration), target, options, Change);
    }

    // What fails leaves the target as it was: missing, or empty.
    private static void WriteWholeFolder(ModelFiles model, string target, ConversionOptions options, Func<PendingTensor, string, PendingTensor> change)
    {
        DerivedSoundness.Require(model);
        bool existed = Directory.Exists(target);
        try
        {
            WriteFolder(model, target, options, change);
        }
        catch
        {
            if (!Directory.Exists(target)) throw;
            foreach (string folder in Directory.EnumerateDirectories(target)) Directory.Delete(folder, recursive: true);
            foreach (string file in Directory.EnumerateFiles(target)) File.Delete(file);
            if (!existed) Directory.Delete(target);
            throw;
        }
    }

    private static void RequireNew(string target, bool isFile)
    {
        if (isFile ? File.Exists(target) || Directory.Exists(target) : Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new IOException($"{target} exists: a converted model needs a new place.");
    }

    // The same keys in another file: what training left beside the weights in a pickle stays behind.
    private static void Rewrite(string source, string target, Func<PendingTensor, string, PendingTensor> change)
    {
        const string root = "state_dict.";
        using IWeights weights = WeightsFile.Open(source);
        bool hasRoot = weights.Entries.Keys.Any(key => key.StartsWith(root, StringComparison.Ordinal));
        SafetensorsWriter.WritePending(target, weights.Entries.Keys.Where(key => !hasRoot || key.StartsWith(root, StringComparison.Ordinal)).Select(key =>
            change(PendingTensor.Of(weights, key) with { Name = hasRoot ? key[root.Length..] : key }, source)), MetadataOf(weights));
    }

    private static Dictionary<string, string> MetadataOf(IWeights weights) =>
        new((weights as SafetensorsFile)?.Metadata ?? new Dictionary<string, string>(), StringComparer.Ordinal) { ["format"] = "pt" };

    private static void WriteSingleFile(ModelFolder model, string target, ConversionOptions options, Func<PendingTensor, string, PendingTensor> change)
    {
        List<IWeights> open = [];
        try
        {
            List<PendingTensor> tensors = [];
            foreach ((string part, PartKind kind, string prefix) in SingleFileParts.Of(model))
            {
                IWeights weights = model.Component(part).OpenWeights(options.SourceVariant);
                open.Add(weights);
                tensors.AddRange(SingleFileWriter.Tensors(weights, kind, prefix).Select(tensor => change(tensor, weights.Path)));
            }
            SafetensorsWriter.WritePending(target, tensors, SingleFileParts.Metadata(model));
        }
        finally
        {
            foreach (IWeights weights in open) weights.Dispose();
        }
    }

    private static void WriteFolder(ModelFiles model, string target, ConversionOptions options, Func<PendingTensor, string, PendingTensor> change)
    {
        foreach (ModelPart part in model.Parts) WritePart(model.Component(part.Name), Path.Combine(target, part.Name), options, change);
        string[] names = [.. model.Parts.Select(part => part.Name)];
        JsonObject settings = new(model.Index.EnumerateObject().Where(property => property.Name != "_class_name" && !names.Contains(property.Name))
            .Select(property => KeyValuePair.Create(property.Name, JsonNode.Parse(property.Value.GetRawText()))));
        if (model is ModelFolder folder && File.Exists(Path.Combine(folder.Folder, ImageDefaults.FileName))) File.Copy(Path.Combine(folder.Folder, ImageDefaults.FileName), Path.Combine(target, ImageDefaults.FileName));
        ModelFolder.WriteIndex(target, model.ClassName, model.Parts, settings);
    }

    private static void WritePart(ModelComponent part, string target, ConversionOptions options, Func<PendingTensor, string, PendingTensor> change)
    {
        Directory.CreateDirectory(target);
        if (part.Folder is { } folder) CopySmallFiles(folder, target);
        else if (part.Config.TryGetProperty("tokenizer_class", out _)) ClipTokenizerFiles.Write(target, part.Config.GetProperty("pad_token").GetString()!);
        if (part.Variants.Count > 0)
        {
            using IWeights weights = part.OpenWeights(options.SourceVariant);
            ModelComponent.WritePending(target, JsonNode.Parse(part.Config.GetRawText())!.AsObject(), weights.Entries.Keys.Select(key => change(PendingTensor.Of(weights, key), weights.Path)), options.TargetVariant, options.LargestShard);
        }
        else if (part.Folder is null && part.ClassName is { } name && name.EndsWith("Scheduler", StringComparison.Ordinal))
            JsonFile.Write(Path.Combine(target, "scheduler_config.json"), JsonNode.Parse(part.Config.GetRawText())!);
    }

    // Configurations and vocabularies; weights are written anew.
    private static void CopySmallFiles(string folder, string target)
    {
        foreach (string path in Directory.EnumerateFiles(folder))
            if (SmallEndings.Contains(Path.GetExtension(path).ToLowerInvariant()) && WeightFileName.Parse(Path.GetFileName(path)) is null) File.Copy(path, Path.Combine(target, Path.GetFileName(path)));
    }
}
