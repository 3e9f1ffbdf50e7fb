using System.Collections.Immutable;
using Levare.Networks.UNet;
using Levare.Pipelines;
using Levare.Pipelines.Controls;

namespace Levare.Cli.Options;

/// <summary>What steers a run, as the command line says it, before any network is loaded.</summary>
internal sealed record ControlInputs(ImmutableArray<ControlArgument> Controls, ImmutableArray<ControlArgument> PictureAdapters)
{
    public ControlMode Mode { get; init; }

    public string? PictureEncoder { get; init; }

    public FreeU? Balance { get; init; }

    /// <summary>Loads the networks for a model, each once, and gives what requests take.</summary>
    /// <param name="open">Finds what a name stands for, and loads it.</param>
    public ImmutableArray<ImageControl> Load(Func<string, ControlModelOptions, ControlModel> open)
    {
        ImmutableArray<ImageControl>.Builder all = ImmutableArray.CreateBuilder<ImageControl>();
        foreach (ControlArgument control in Controls) all.Add(Of(control, open(control.Model, new())));
        foreach (ControlArgument adapter in PictureAdapters) all.Add(Shown(adapter, open(adapter.Model, new() { ImageEncoder = PictureEncoder })));
        if (Balance is not null) all.Add(new FeatureBalance(Balance));
        return all.ToImmutable();
    }

    private ImageControl Of(ControlArgument argument, ControlModel model) => model switch
    {
        ControlNetModel net => new ControlNetImage(net, argument.Picture) { Scale = argument.Scale, Start = argument.From, End = argument.To, Mode = Mode },
        T2IAdapterModel when argument.From > 0 => throw new UsageException($"--control {argument.Model}: a T2I-Adapter counts from the run's beginning, not from {argument.From}."),
        T2IAdapterModel adapter => new AdapterImage(adapter, argument.Picture) { Scale = argument.Scale, Until = argument.To < 1 ? argument.To : null },
        _ => throw new UsageException($"--control {argument.Model}: this is an IP-Adapter; name it with --ip-adapter."),
    };

    private static PicturePrompt Shown(ControlArgument argument, ControlModel model) => model is PictureAdapterModel adapter
        ? new(adapter, argument.Picture) { Scale = argument.Scale }
        : throw new UsageException($"--ip-adapter {argument.Model}: this is no IP-Adapter; name it with --control.");
}
