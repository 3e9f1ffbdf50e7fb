using Levare.Conditioning;
using Levare.Networks;
using Levare.Runtime;
using Levare.Training;
using static TorchSharp.torch;

namespace Levare.BoxModel;

/// <summary>Writes a trained model as a folder in diffusers' layout.</summary>
internal static class ModelExport
{
    private const string Index = """
        {
          "_class_name": "WordUNetPipeline",
          "scheduler": ["diffusers", "EDMDPMSolverMultistepScheduler"],
          "sketch": ["levare", "SketchDecoder"],
          "text_encoder": ["levare", "WordEncoder"],
          "tokenizer": ["levare", "WordTokenizer"],
          "unet": ["levare", "WordUNet"]
        }

        """;

    private const string Scheduler = """
        {
          "_class_name": "EDMDPMSolverMultistepScheduler",
          "algorithm_type": "dpmsolver++",
          "final_sigmas_type": "zero",
          "lower_order_final": true,
          "prediction_type": "epsilon",
          "rho": 7.0,
          "sigma_data": 0.5,
          "sigma_max": 80.0,
          "sigma_min": 0.01,
          "sigma_schedule": "karras",
          "solver_order": 2,
          "solver_type": "midpoint"
        }

        """;

    private const string Defaults = """
        {
          "steps": 20,
          "guidance": 2,
          "guidance_from": 0.1,
          "guidance_to": 20,
          "temperature": 0.5
        }

        """;

    /// <summary>Writes the averages of the last checkpoints of both stages.</summary>
    public static void Write(string sketchRun, string run, string folder)
    {
        WordTokenizer tokenizer = WordTokenizer.Load(Path.Combine(run, Runs.VocabularyFile));
        using WordUNet network = new(new WordUNetOptions(tokenizer.Count, tokenizer.Length));
        Runs.LoadSketch(network, sketchRun, ScalarType.Float32);
        Checkpoint last = Checkpoint.FindLast(run) ?? throw new DirectoryNotFoundException($"{run} has no checkpoint.");
        last.LoadPart(network, last.Averages.First(), name => name.StartsWith("unet.", StringComparison.Ordinal));
        WordUNetFolder.Save(folder, network, tokenizer);
        Text("model_index.json", Index);
        Text("levare.json", Defaults);
        Text(Path.Combine("scheduler", "scheduler_config.json"), Scheduler);
        Console.WriteLine($"{folder}: the average of {last.Folder}");

        void Text(string name, string content)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.WriteText(path, content);
        }
    }
}
