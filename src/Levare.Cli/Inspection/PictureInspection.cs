using System.Text.Json;
using Levare.Cli.Options;
using Levare.Codecs;
using Levare.Pipelines;

namespace Levare.Cli.Inspection;

/// <summary>A PNG picture: how it was made, and the command that makes it again.</summary>
internal sealed class PictureInspection : IInspection
{
    private readonly string _path;
    private readonly IReadOnlyDictionary<string, string> _texts;
    private readonly ImageRecipe? _recipe;

    public PictureInspection(string path)
    {
        _path = path;
        try
        {
            using FileStream stream = File.OpenRead(path);
            _texts = PngText.Read(stream);
            _recipe = _texts.TryGetValue(ImageRecipe.Keyword, out string? json) ? ImageRecipe.Parse(json) : null;
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    public void Show()
    {
        if (_recipe is null)
        {
            Console.WriteLine(_texts.Count == 0 ? $"{_path} does not say how it was made." : $"{_path} holds no recipe of Levare, but these texts:");
            foreach ((string keyword, string text) in _texts) Console.WriteLine($"{keyword}: {text}");
            return;
        }
        using JsonDocument recipe = JsonDocument.Parse(_recipe.ToJson());
        foreach (JsonProperty property in recipe.RootElement.EnumerateObject()) Console.WriteLine($"{property.Name,-16} {property.Value}");
        Console.WriteLine();
        if (Changed() is { } warning) Console.WriteLine(warning);
        foreach ((string word, string meaning) in RecipeCommand.Blanks(_recipe)) Console.WriteLine($"In place of {word} name the file of {meaning}.");
        if (_recipe.Tiled == true) Console.WriteLine("It was decoded in tiles, because memory was short: add the --max-memory that it was made with.");
        Console.WriteLine(RecipeCommand.Of(_recipe));
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("path", _path);
        json.WriteStartObject("texts");
        foreach ((string keyword, string text) in _texts) json.WriteString(keyword, text);
        json.WriteEndObject();
        if (_recipe is null) return;
        json.WritePropertyName("recipe");
        json.WriteRawValue(_recipe.ToJson());
        json.WriteString("command", RecipeCommand.Of(_recipe));
    }

    // The same command makes the same picture only with the same weights.
    private string? Changed()
    {
        string? model = _recipe!.Model is { } name ? ModelSource.Find(name) : DefaultModel.Find();
        if (model is null || !Path.Exists(model)) return "The model that made it is not here.";
        if (ModelFingerprint.Of(model) != _recipe.Fingerprint) return "The model has changed since: this makes another picture.";
        foreach ((string file, string hash) in Uses(_recipe).SelectMany(use => (use.Files ?? []).Zip(use.Inputs)))
        {
            if (!File.Exists(file)) return $"{file}, which it was made of, is not here.";
            if (PictureOptions.Load(file).Hash != hash) return $"{file} has changed since: this makes another picture.";
        }
        return null;
    }

    private static IEnumerable<TaskRecipe> Uses(ImageRecipe recipe) => [.. recipe.Task is { } task ? [task] : Array.Empty<TaskRecipe>(), .. (recipe.Controls ?? []).Select(control => control.Use)];
}
