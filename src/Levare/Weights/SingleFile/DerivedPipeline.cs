using System.Text.Json.Nodes;

namespace Levare.Weights;

/// <summary>What a single file does not hold and the published model of its kind has: the pipeline's class, the scheduler, the tokenisers.</summary>
/// <param name="ClassName">The pipeline's Python class.</param>
/// <param name="Scheduler">scheduler_config.json.</param>
/// <param name="Settings">Further keys of model_index.json.</param>
internal sealed record DerivedPipeline(string ClassName, JsonObject Scheduler, JsonObject Settings)
{
    /// <summary>The pipeline of a kind of model.</summary>
    /// <param name="family">The kind.</param>
    /// <param name="channels">Channels of the U-Net's input.</param>
    /// <param name="predictsVelocity">Whether the U-Net predicts the velocity.</param>
    /// <param name="hasZeroTerminalSnr">Whether it was trained down to pure noise.</param>
    /// <exception cref="NotSupportedException">No pipeline of that kind has such an input.</exception>
    public static DerivedPipeline Of(CheckpointFamily family, long channels, bool predictsVelocity, bool hasZeroTerminalSnr) => family switch
    {
        CheckpointFamily.Autoencoder => new("AutoencoderKL", [], []),
        CheckpointFamily.Upscaler => new("StableDiffusionUpscalePipeline", Ddim(predictsVelocity: true), new() { ["max_noise_level"] = 350 }),
        CheckpointFamily.StableDiffusionXl => new(
            channels switch
            {
                4 => "StableDiffusionXLPipeline",
                8 => "StableDiffusionXLInstructPix2PixPipeline",
                9 => "StableDiffusionXLInpaintPipeline",
                _ => throw Unknown(family, channels),
            },
            Euler(predictsVelocity, hasZeroTerminalSnr), new() { ["force_zeros_for_empty_prompt"] = true }),
        CheckpointFamily.StableDiffusionXlRefiner => new("StableDiffusionXLImg2ImgPipeline", Euler(predictsVelocity, hasZeroTerminalSnr),
            new() { ["force_zeros_for_empty_prompt"] = false, ["requires_aesthetics_score"] = true }),
        _ => new(
            channels switch
            {
                4 => "StableDiffusionPipeline",
                8 => "StableDiffusionInstructPix2PixPipeline",
                9 => "StableDiffusionInpaintPipeline",
                _ => throw Unknown(family, channels),
            },
            channels == 8 ? EulerAncestral() : family == CheckpointFamily.StableDiffusion2 ? Ddim(predictsVelocity) : Pndm(predictsVelocity), new() { ["requires_safety_checker"] = false }),
    };

    /// <summary>low_res_scheduler of the upscaler: the noise that is added to the small picture.</summary>
    public static JsonObject LowResolutionScheduler() => new()
    {
        ["_class_name"] = "DDPMScheduler",
        ["beta_end"] = 0.02,
        ["beta_schedule"] = "scaled_linear",
        ["beta_start"] = 0.0001,
        ["clip_sample"] = true,
        ["num_train_timesteps"] = 1000,
        ["prediction_type"] = "epsilon",
        ["trained_betas"] = null,
        ["variance_type"] = "fixed_small",
    };

    /// <summary>tokenizer_config.json of a text encoder: CLIP's own model pads with the end's token, OpenCLIP's with the token 0.</summary>
    public static JsonObject Tokenizer(PartKind encoder) => new()
    {
        ["bos_token"] = "<|startoftext|>",
        ["eos_token"] = "<|endoftext|>",
        ["model_max_length"] = 77,
        ["pad_token"] = encoder == PartKind.OpenClip ? "!" : "<|endoftext|>",
        ["tokenizer_class"] = "CLIPTokenizer",
        ["unk_token"] = "<|endoftext|>",
    };

    private static JsonObject Ddim(bool predictsVelocity) => Common("DDIMScheduler", predictsVelocity);

    private static JsonObject Pndm(bool predictsVelocity) => Common("PNDMScheduler", predictsVelocity);

    private static JsonObject EulerAncestral() => Common("EulerAncestralDiscreteScheduler", predictsVelocity: false);

    private static JsonObject Euler(bool predictsVelocity, bool hasZeroTerminalSnr)
    {
        JsonObject scheduler = Common("EulerDiscreteScheduler", predictsVelocity);
        scheduler["interpolation_type"] = "linear";
        scheduler["sample_max_value"] = 1.0;
        scheduler["timestep_spacing"] = hasZeroTerminalSnr ? "trailing" : "leading";
        scheduler["use_karras_sigmas"] = false;
        if (hasZeroTerminalSnr) scheduler["rescale_betas_zero_snr"] = true;
        return scheduler;
    }

    private static JsonObject Common(string className, bool predictsVelocity) => new()
    {
        ["_class_name"] = className,
        ["beta_end"] = 0.012,
        ["beta_schedule"] = "scaled_linear",
        ["beta_start"] = 0.00085,
        ["clip_sample"] = false,
        ["num_train_timesteps"] = 1000,
        ["prediction_type"] = predictsVelocity ? "v_prediction" : "epsilon",
        ["set_alpha_to_one"] = false,
        ["skip_prk_steps"] = true,
        ["steps_offset"] = 1,
        ["trained_betas"] = null,
    };

    private static NotSupportedException Unknown(CheckpointFamily family, long channels) =>
        new($"its U-Net takes {channels} channels, where a model of the kind {family} takes 4 (pictures from words), 8 (edits) or 9 (inpainting)");
}
