namespace Levare.Conditioning.Prompts;

/// <summary>Which state of their text encoders models were trained to read.</summary>
public enum TextEncoderReading
{
    /// <summary>The last, after the final norm: Stable Diffusion 1 and 2. Skipped layers end with the final norm too.</summary>
    Last,

    /// <summary>The one before the last layer, without a norm, of all encoders side by side, and the projected text of the last encoder: SDXL and its refiner.</summary>
    Penultimate,
}
