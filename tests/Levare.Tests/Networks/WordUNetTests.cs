using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Networks;
using Levare.Parameterisations;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Networks;

public sealed class WordUNetTests
{
    private static readonly WordUNetOptions Small = new(6, 4) { Width = 32, Depth = 1, Channels = [16, 16, 16], SketchWidth = 24, SketchDepth = 1 };

    [Fact]
    public void New_norms_start_as_ones_and_zeros()
    {
        using WordUNet network = new(Small);
        Assert.All(network.named_parameters().Where(p => p.name.Contains("norm", StringComparison.Ordinal)),
            p => Assert.All(p.parameter.data<float>().ToArray(), value => Assert.Equal(p.name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0, value)));
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.3)]
    [InlineData(5.0)]
    [InlineData(80.0)]
    public void A_U_Net_that_adds_nothing_denoises_towards_the_sketch_as_a_normal_distribution_does(double sigma)
    {
        using var scope = NewDisposeScope();
        using WordUNet network = new(Small);
        using (no_grad()) network.get_parameter("unet.leave.weight")!.zero_();
        Tensor words = tensor(new long[] { 1, 2, 0, 0 }, [1, 4]), x = randn(1, 3, WordUNet.Side, WordUNet.Side) * sigma;
        Condition condition = network.Prepare(Condition.None.With(WordUNet.WordsName, words));
        Tensor mean = nn.functional.interpolate(condition["words.sketch"], scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false) * 0.5;
        Tensor denoised = new NetworkDenoiser(network, new EdmPrediction(0.5)).Denoise(x, new(sigma, 1, sigma), condition).Denoised;
        double share = sigma * sigma / (sigma * sigma + ResidualScaling.Residual * ResidualScaling.Residual);
        Assert.InRange((denoised - (mean * share + x * (1 - share))).abs().max().item<float>(), 0, 1e-4);
    }

    [Fact]
    public void A_prepared_condition_gives_what_the_words_give()
    {
        using var scope = NewDisposeScope();
        using WordUNet network = new(Small);
        (Tensor input, Tensor time, Condition words) = Inputs();
        Tensor whole = network.forward(input, time, words), prepared = network.forward(input, time, network.Prepare(words));
        Assert.Equal(whole.data<float>().ToArray(), prepared.data<float>().ToArray());
    }

    [Fact]
    public void Padding_changes_nothing_and_words_do()
    {
        using var scope = NewDisposeScope();
        using WordUNet network = new(Small);
        using WordUNet longer = new(Small with { Length = 7 });
        using (no_grad())
            foreach ((string name, var parameter) in longer.named_parameters())
            {
                Tensor from = network.get_parameter(name)!;
                if (from.shape.SequenceEqual(parameter.shape)) parameter.copy_(from);
                else parameter.narrow(0, 0, from.shape[0]).copy_(from);
            }
        (Tensor input, Tensor time, Condition words) = Inputs();
        Condition padded = words.Map((_, numbers) => cat([numbers, zeros([2, 3], ScalarType.Int64)], 1));
        Tensor expected = network.forward(input, time, words);
        Assert.InRange((expected - longer.forward(input, time, padded)).abs().max().item<float>(), 0, 1e-5);
        Assert.InRange((expected - network.forward(input, time, words.Map((_, numbers) => numbers.flip(0)))).abs().max().item<float>(), 1e-3, 10);
    }

    [Fact]
    public void A_saved_model_reads_back_with_its_weights_in_bfloat16()
    {
        using var scope = NewDisposeScope();
        using WordUNet network = new(Small);
        WordTokenizer tokenizer = new(["a", "b", "c", "d", "e"], new Dictionary<string, string>(StringComparer.Ordinal), Small.Length);
        string folder = Directory.CreateTempSubdirectory("levare-words-").FullName;
        try
        {
            WordUNetFolder.Save(folder, network, tokenizer);
            (WordUNet read, WordTokenizer words) = WordUNetFolder.Load(folder);
            using (read)
            {
                Assert.Equal(tokenizer.Count, words.Count);
                foreach ((string name, var parameter) in network.named_parameters())
                    Assert.Equal(parameter.to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray(), read.get_parameter(name)!.data<float>().ToArray());
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_picture_of_another_size_is_refused_with_the_right_one()
    {
        using WordUNet network = new(Small);
        Assert.Contains("64, 64", Assert.Throws<ArgumentException>(() => network.forward(zeros(1, 3, 32, 32), zeros(1), Condition.None)).Message, StringComparison.Ordinal);
    }

    private static (Tensor Input, Tensor Time, Condition Words) Inputs() => (
        randn(2, 3, WordUNet.Side, WordUNet.Side), tensor(new[] { -0.5f, 0.3f }),
        Condition.None.With(WordUNet.WordsName, tensor(new long[] { 1, 2, 0, 0, 3, 4, 5, 0 }, [2, 4])));
}
