// The library in ten lines: a model, a request, the steps as they come, a file.
// dotnet run --project samples/GenerateImage -- "a red apple" [model folder]
using Levare.Pipelines;

string prompt = args.Length > 0 ? args[0] : "a red apple";
using ImageModel model = args.Length > 1 ? ImageModel.Load(args[1]) : ImageModel.LoadDefault();
await foreach (ImageStep step in model.StreamAsync(new ImageRequest(prompt) { Seed = 7 }))
{
    Console.WriteLine($"step {step.Index + 1} of {step.Count}");
    step.Result?.Save("picture.png");
}
