using System.Text.Json;

namespace Levare.Cli.Inspection;

/// <summary>What was found in a thing.</summary>
internal interface IInspection
{
    /// <summary>Prints it for people.</summary>
    void Show();

    /// <summary>Writes it as the properties of an object.</summary>
    void WriteJson(Utf8JsonWriter json);
}
