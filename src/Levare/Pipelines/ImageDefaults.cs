using System.Text.Json;
using Levare.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>What a model does where a request is silent: the file levare.json in its folder, which other tools do not read.</summary>
public sealed record ImageDefaults
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "levare.json";

    /// <summary>The number of solver steps.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>The scale of classifier-free guidance; 1 is none.</summary>
    public double Guidance { get; init; } = 1;

    /// <summary>Guidance works only at noise levels (sigma / alpha) from here; both ends empty: at all.</summary>
    public double? GuidanceFrom { get; init; }

    /// <summary>Guidance works only at noise levels (sigma / alpha) up to here.</summary>
    public double? GuidanceTo { get; init; }

    /// <summary>The share of the starting noise that is drawn: below 1 pictures keep closer to the most likely one and vary less. All of it when null.</summary>
    public double? Temperature { get; init; }

    /// <summary>The solver's name; that of the scheduler's configuration when null.</summary>
    public string? Sampler { get; init; }

    /// <summary>The grid's name; that of the scheduler's configuration when null.</summary>
    public string? Grid { get; init; }

    /// <summary>The number format of the network on a CPU; fp32 when null.</summary>
    public string? Dtype { get; init; }

    /// <summary>The number format of the network on a device: the model's wish is for CPUs.</summary>
    internal ScalarType TypeOn(Device device) =>
        Dtype is { } name && device.type == DeviceType.CPU ? ComputeDevice.ParseType(name, device) : ScalarType.Float32;

    /// <summary>Reads a model folder's file over given values; without the file (a model that is a file itself has none) they stay.</summary>
    /// <exception cref="InvalidDataException">The file is not sound; the message says where.</exception>
    public static ImageDefaults Read(string folder, ImageDefaults otherwise)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return otherwise;
        try
        {
            ImageDefaults read = JsonSerializer.Deserialize(File.ReadAllBytes(path), PipelineJson.Default.ImageDefaults)
                ?? throw new JsonException("it is empty");
            if (read.Steps < 1) throw new JsonException($"steps is {read.Steps}");
            return read.Temperature is null or > 0 ? read : throw new JsonException($"temperature is {read.Temperature}");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path} is not sound: {e.Message}", e);
        }
    }
}
