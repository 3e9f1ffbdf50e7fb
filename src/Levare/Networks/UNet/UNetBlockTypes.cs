namespace Levare.Networks.UNet;

/// <summary>The down blocks of <see cref="UNet2D"/>, named as configurations name them.</summary>
public enum DownBlockType
{
    /// <summary>Residual blocks, then a strided convolution.</summary>
    DownBlock2D,

    /// <summary>The same with attention after every residual block.</summary>
    AttnDownBlock2D,

    /// <summary>Residual blocks, the last of which halves the resolution.</summary>
    ResnetDownsampleBlock2D,

    /// <summary>NCSN++: residual blocks, with the filtered input image mixed in.</summary>
    SkipDownBlock2D,

    /// <summary>The same with attention.</summary>
    AttnSkipDownBlock2D,
}

/// <summary>The up blocks of <see cref="UNet2D"/>, named as configurations name them.</summary>
public enum UpBlockType
{
    /// <summary>Residual blocks, then repeated pixels and a convolution.</summary>
    UpBlock2D,

    /// <summary>The same with attention after every residual block.</summary>
    AttnUpBlock2D,

    /// <summary>Residual blocks, the last of which doubles the resolution.</summary>
    ResnetUpsampleBlock2D,

    /// <summary>NCSN++: residual blocks that add to a growing output image.</summary>
    SkipUpBlock2D,

    /// <summary>The same with attention after the last residual block.</summary>
    AttnSkipUpBlock2D,
}

/// <summary>How a block changes the resolution at its end, where its type leaves the choice.</summary>
public enum ResampleType
{
    /// <summary>A convolution.</summary>
    Conv,

    /// <summary>A residual block.</summary>
    Resnet,
}

/// <summary>How the time is turned into waves.</summary>
public enum TimeEmbeddingType
{
    /// <summary>Sines and cosines at fixed frequencies.</summary>
    Positional,

    /// <summary>Sines and cosines of ln(sigma) at random frequencies; the output is divided by sigma.</summary>
    Fourier,

    /// <summary>A learned vector for each of the discrete times.</summary>
    Learned,
}

/// <summary>What a network is told of a class.</summary>
public enum ClassEmbeddingType
{
    /// <summary>A learned vector for each class: labels are whole numbers, [batch].</summary>
    Learned,

    /// <summary>The label is embedded as the time is: [batch] of numbers.</summary>
    Timestep,

    /// <summary>The label is the embedding: [batch, time embedding channels].</summary>
    Identity,
}
