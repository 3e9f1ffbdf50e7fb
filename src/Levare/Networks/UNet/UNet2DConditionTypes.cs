namespace Levare.Networks.UNet;

/// <summary>The down blocks of <see cref="UNet2DCondition"/>, named as configurations name them.</summary>
public enum ConditionDownBlockType
{
    /// <summary>Residual blocks, then a strided convolution.</summary>
    DownBlock2D,

    /// <summary>The same with a transformer, which looks at the text, behind every residual block.</summary>
    CrossAttnDownBlock2D,
}

/// <summary>The bottoms of <see cref="UNet2DCondition"/>, named as configurations name them.</summary>
public enum ConditionMidBlockType
{
    /// <summary>Residual block, transformer, residual block.</summary>
    UNetMidBlock2DCrossAttn,

    /// <summary>One residual block.</summary>
    UNetMidBlock2D,
}

/// <summary>The up blocks of <see cref="UNet2DCondition"/>, named as configurations name them.</summary>
public enum ConditionUpBlockType
{
    /// <summary>Residual blocks, then repeated pixels and a convolution.</summary>
    UpBlock2D,

    /// <summary>The same with a transformer, which looks at the text, behind every residual block.</summary>
    CrossAttnUpBlock2D,
}

/// <summary>What <see cref="UNet2DCondition"/> is told of a class beside the time.</summary>
public enum ConditionClassEmbedding
{
    /// <summary>A learned vector for each class: labels are whole numbers, [batch].</summary>
    Learned,

    /// <summary>The label is embedded as the time is: [batch] of numbers.</summary>
    Timestep,

    /// <summary>The label is the embedding: [batch, time embedding channels].</summary>
    Identity,

    /// <summary>The label is a vector, [batch, width], that two linear layers with an activation between bring to the embedding's width.</summary>
    Projection,

    /// <summary>The same with one linear layer.</summary>
    SimpleProjection,
}

/// <summary>What <see cref="UNet2DCondition"/> adds to its time embedding.</summary>
public enum AdditionEmbedding
{
    /// <summary>SDXL: the text as one vector, and sizes and crops as waves.</summary>
    TextTime,
}
