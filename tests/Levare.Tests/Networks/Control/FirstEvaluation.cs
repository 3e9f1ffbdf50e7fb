using Levare.Codecs;
using Levare.Conditioning;
using Levare.Data;
using Levare.Networks.Clip;
using Levare.Networks.UNet;
using Levare.Verification;
using Levare.Weights;
using static TorchSharp.torch;

namespace Levare.Tests.Networks.Control;

/// <summary>The first evaluation of a golden case's U-Net: its input, its time and its text, negative row first.</summary>
internal sealed class FirstEvaluation : IDisposable
{
    private FirstEvaluation(GoldenCase golden, UNet2DCondition network, Tensor input, Condition text)
    {
        Golden = golden;
        Network = network;
        Input = input;
        Text = text;
    }

    public GoldenCase Golden { get; }

    public UNet2DCondition Network { get; }

    /// <summary>One row, scaled as the solver does.</summary>
    public Tensor Input { get; }

    /// <summary>Two rows: negative, positive.</summary>
    public Condition Text { get; }

    public Tensor Time => Golden.Tensor("unet_timesteps")[0];

    public Tensor Expected => Golden.Tensor("unet_out.0");

    public string Path(string relative) => System.IO.Path.Combine(Golden.Folder, relative);

    public Tensor Picture(string name) => ImagePreprocessor.Control.Encode(ImageDecoder.Decode(File.ReadAllBytes(Path(name))), width: 64, height: 64);

    public static FirstEvaluation Of(string name)
    {
        GoldenCase golden = Levare.Tests.Golden.Open(name);
        string model = System.IO.Path.Combine(golden.Folder, golden.Json.GetProperty("model").GetString()!);
        using GoldenCase tokens = Levare.Tests.Golden.Open("sd/sd15_pndm");
        using ClipTextModel encoder = ClipTextModel.Load(ModelComponent.Open(System.IO.Path.Combine(model, "text_encoder")));
        Tensor text = encoder.call(cat([tokens.Tensor("negative_input_ids"), tokens.Tensor("input_ids")], 0)).LastState;
        UNet2DCondition network = UNet2DCondition.Load(ModelComponent.Open(System.IO.Path.Combine(model, "unet")));
        return new(golden, network, golden.Tensor("draws.0") * InputScale(golden), Condition.None.With(ConditionNames.Text, text));
    }

    public void Dispose()
    {
        Network.Dispose();
        Golden.Dispose();
    }

    // Euler's states are noise at sigma and more, brought back to unit variance; other solvers work in that scale.
    private static double InputScale(GoldenCase golden)
    {
        if (!golden.Json.GetProperty("scheduler").GetProperty("_class_name").GetString()!.StartsWith("Euler", StringComparison.Ordinal)) return 1;
        using Tensor sigmas = golden.Tensor("scheduler_sigmas");
        double sigma = sigmas[0].item<float>();
        return sigma / Math.Sqrt(sigma * sigma + 1);
    }
}
