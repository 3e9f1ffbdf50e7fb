using Levare.Pipelines;
using TorchSharp;

namespace Levare.Cli;

/// <summary>How many threads one operation of torch is spread over.</summary>
internal static class Threads
{
    private const int SmallPicture = 64 * 64;

    /// <summary>One thread for models of small pictures: several wait for each other longer than they work, and far longer where the processor is shared.</summary>
    public static void Suit(ImageModel model)
    {
        if (model.Size.Width * model.Size.Height <= SmallPicture) torch.set_num_threads(1);
    }
}
