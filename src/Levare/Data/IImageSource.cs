namespace Levare.Data;

/// <summary>Where pictures come from. Immutable; reading it again gives the same examples in the same order while the files stay the same.</summary>
public interface IImageSource
{
    /// <summary>Where it lies, for messages.</summary>
    string Path { get; }

    /// <summary>The names of the classes, by label; empty where there are none or they have no names.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>What identifies the content: changes when a file does. Cheap to compute.</summary>
    string Fingerprint { get; }

    /// <summary>The examples, one after the other; what is read from disk for one of them is let go afterwards.</summary>
    /// <exception cref="InvalidDataException">A file that describes many of them is broken.</exception>
    IEnumerable<ImageExample> Read();
}
