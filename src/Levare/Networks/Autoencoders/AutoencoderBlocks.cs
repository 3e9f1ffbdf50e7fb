using Levare.Networks.Blocks;
using TorchSharp.Modules;

namespace Levare.Networks.Autoencoders;

/// <summary>Builds the blocks of an <see cref="AutoencoderKl"/> from its configuration.</summary>
internal sealed class AutoencoderBlocks(AutoencoderKlConfig config)
{
    private const double Epsilon = 1e-6;

    private int Count => config.BlockOutChannels.Length;

    public IEnumerable<EncoderBlock> Encoder()
    {
        for (int i = 0; i < Count; i++)
        {
            int output = config.BlockOutChannels[i];
            yield return new(
                Resnets(config.LayersPerBlock, config.BlockOutChannels[Math.Max(i - 1, 0)], output),
                config.EncoderAttention[i] ? Attentions(config.LayersPerBlock, output) : null,
                i == Count - 1 ? null : new Downsample2D(output, output, padding: 0));
        }
    }

    public MiddleBlock Mid()
    {
        int channels = config.BlockOutChannels[^1];
        return new(Resnets(2, channels, channels), config.MidBlockAddAttention ? Attention(channels) : null);
    }

    public IEnumerable<DecoderBlock> Decoder()
    {
        for (int i = 0; i < Count; i++)
        {
            int output = config.BlockOutChannels[^(i + 1)];
            yield return new(
                Resnets(config.LayersPerBlock + 1, config.BlockOutChannels[^Math.Max(i, 1)], output),
                config.DecoderAttention[i] ? Attentions(config.LayersPerBlock + 1, output) : null,
                i == Count - 1 ? null : new Upsample2D(output, output));
        }
    }

    public GroupNorm Norm(int channels) => Normalisation.Group(config.NormNumGroups, channels, Epsilon);

    private IEnumerable<ResnetBlock2D> Resnets(int count, int input, int output) =>
        Enumerable.Range(0, count).Select(i => new ResnetBlock2D(i == 0 ? input : output, output, Settings));

    private IEnumerable<AttentionBlock> Attentions(int count, int channels) => Enumerable.Range(0, count).Select(_ => Attention(channels));

    private AttentionBlock Attention(int channels) => new(channels, headChannels: channels, config.NormNumGroups, Epsilon);

    private ResnetSettings Settings => new() { Groups = config.NormNumGroups, Epsilon = Epsilon, Activation = config.Activation };
}
