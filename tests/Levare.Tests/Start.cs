using System.Runtime.CompilerServices;
using Levare.Runtime;
using TorchSharp;

namespace Levare.Tests;

internal static class Start
{
    [ModuleInitializer]
    internal static void LoadNatives()
    {
        NativeTorch.Require();
        // Tests run side by side on few cores; one thread each is faster than threads that wait for each other.
        torch.set_num_threads(1);
        Training.TrainingProcess.RunIfAsked();
    }
}
