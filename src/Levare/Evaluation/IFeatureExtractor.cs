using static TorchSharp.torch;

namespace Levare.Evaluation;

/// <summary>Turns pictures into the features that distances are measured in. What is measured means little without its name.</summary>
public interface IFeatureExtractor
{
    /// <summary>What it is, with what identifies its weights.</summary>
    string Name { get; }

    /// <summary>Features, float32 on the CPU, [count, features]; they are the caller's.</summary>
    /// <param name="pictures">[count, channels, size, size] in -1..1.</param>
    Tensor Extract(Tensor pictures);
}
