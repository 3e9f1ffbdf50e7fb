using Levare.Verification;
using Xunit;

namespace Levare.Tests.Networks.Clip;

/// <summary>CLIP's encoders against transformers'.</summary>
public sealed class ClipGoldenTests
{
    [Theory(SkipTestWithoutData = true)]
    [InlineData("sd/sd15_text_encoder_layers")]
    [InlineData("sd/sdxl_text_encoder_2_layers")]
    public void The_text_encoder_gives_the_states_of_transformers(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Golden.Check(new ClipTextVerifier().Verify(golden));
    }

    [Theory(SkipTestWithoutData = true)]
    [InlineData("encoders/clip_vision")]
    [InlineData("encoders/clip_vision_gelu")]
    public void The_picture_encoder_and_its_processor_give_what_transformers_gives(string name)
    {
        using GoldenCase golden = Golden.Open(name);
        Golden.Check(new ClipVisionVerifier().Verify(golden));
    }
}
