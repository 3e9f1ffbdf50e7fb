using TorchSharp;
using static TorchSharp.torch;

namespace Levare.BoxModel;

/// <summary>Shows what training sees.</summary>
internal static class Composed
{
    private const int Count = 48;

    public static void Write(SceneComposer composer, string path)
    {
        using var scope = NewDisposeScope();
        float[] values = new float[Count * 3 * Sprite.Side * Sprite.Side];
        int size = values.Length / Count;
        for (int i = 0; i < Count; i++)
        {
            Scene scene = composer.Compose(0, i);
            Console.WriteLine(scene.Caption);
            SceneRenderer.Draw(scene, Sprite.Side, values.AsSpan(i * size, size));
        }
        Sheet.Write(path, tensor(values, [Count, 3, Sprite.Side, Sprite.Side]));
    }
}
