using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Levare.Networks.Blocks;

/// <summary>The residual block of diffusion U-Nets: norm, activation, convolution, twice, with the time embedding between (Ho et al. 2020, appendix B).</summary>
/// <remarks>
/// Keys: <c>norm1, conv1, time_emb_proj, norm2, conv2, conv_shortcut</c>.
/// <c>forward(x, time)</c>: x [batch, input, height, width]; time [batch, TimeChannels], null where the settings have none;
/// the result [batch, output, height', width'].
/// </remarks>
internal sealed class ResnetBlock2D : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly ResnetSettings _settings;
    private readonly GroupNorm norm1;
    private readonly Conv2d conv1;
    private readonly Linear? time_emb_proj;
    private readonly GroupNorm norm2;
    private readonly Conv2d conv2;
    private readonly Conv2d? conv_shortcut;

    /// <summary>A block with fresh weights.</summary>
    public ResnetBlock2D(int input, int output, ResnetSettings settings) : base(nameof(ResnetBlock2D))
    {
        _settings = settings;
        norm1 = Normalisation.Group(settings.Groups, input, settings.Epsilon);
        conv1 = Layers.Conv2d(input, output, 3, padding: 1);
        if (settings.TimeChannels is { } timeChannels)
            time_emb_proj = Layers.Linear(timeChannels, settings.Modulation == TimeModulation.ScaleShift ? 2 * output : output);
        norm2 = Normalisation.Group(settings.GroupsOut ?? settings.Groups, output, settings.Epsilon);
        conv2 = Layers.Conv2d(output, output, 3, padding: 1);
        if (settings.ProjectsShortcut ?? input != output) conv_shortcut = Layers.Conv2d(input, output, 1);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor x, Tensor? time)
    {
        using var scope = NewDisposeScope();
        if (time_emb_proj is null && _settings.Resampling == Resampling.None && !training && RowBands.Suits(x, conv1))
            return InBands(x).MoveToOuterDisposeScope();
        Tensor shortcut = Resample(x);
        Tensor hidden = conv1.call(Resample(_settings.Activation.Apply(norm1.call(x))));
        hidden = _settings.Activation.Apply(NormaliseWith(time, hidden));
        hidden = conv2.call(nn.functional.dropout(hidden, _settings.Dropout, training));
        if (conv_shortcut is not null) shortcut = conv_shortcut.call(shortcut);
        Tensor sum = shortcut + hidden;
        return (_settings.OutputScale == 1 ? sum : sum / _settings.OutputScale).MoveToOuterDisposeScope();
    }

    private Tensor InBands(Tensor x)
    {
        using Tensor hidden = RowBands.Convolve(RowBands.Normalised(x, norm1, _settings.Activation), conv1);
        Tensor sum = RowBands.Convolve(RowBands.Normalised(hidden, norm2, _settings.Activation), conv2);
        RowBands.AddTo(sum, x, conv_shortcut, _settings.OutputScale);
        return sum;
    }

    private Tensor NormaliseWith(Tensor? time, Tensor hidden)
    {
        if (time_emb_proj is null) return norm2.call(hidden);
        ArgumentNullException.ThrowIfNull(time);
        Tensor projected = time_emb_proj.call(_settings.Activation.Apply(time)).unsqueeze(-1).unsqueeze(-1);
        if (_settings.Modulation == TimeModulation.Shift) return norm2.call(hidden + projected);
        Tensor[] scaleAndShift = projected.chunk(2, dim: 1);
        return norm2.call(hidden) * (scaleAndShift[0] + 1) + scaleAndShift[1];
    }

    private Tensor Resample(Tensor x) => _settings.Resampling switch
    {
        Resampling.Up => Upsample2D.Repeat(x),
        Resampling.Down => nn.functional.avg_pool2d(x, 2, 2),
        Resampling.FirUp => FirResampling.Up(x),
        Resampling.FirDown => FirResampling.Down(x),
        _ => x,
    };
}
