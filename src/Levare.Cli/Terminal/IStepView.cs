using Levare.Pipelines;

namespace Levare.Cli.Terminal;

/// <summary>Shows how a picture comes about.</summary>
internal interface IStepView : IDisposable
{
    /// <summary>Shows a step that was taken.</summary>
    void Show(ImageStep step);
}
