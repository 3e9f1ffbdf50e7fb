// The programs of docs/stable-diffusion.md, one after the other, in a folder that has the models and pictures that they name.
// dotnet run --project samples/StableDiffusion -- [pixels of a side] [steps]
using Levare.Adapters;
using Levare.Conditioning.Clip;
using Levare.Conditioning.Prompts;
using Levare.Data;
using Levare.Pipelines;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Tasks;

ImageSize size = ImageSize.Parse(args.Length > 0 ? args[0] : "512");
int steps = args.Length > 1 ? int.Parse(args[1]) : 25;

using ImageModel model = ImageModel.Load("sd15");
Words();
Pictures();
LearnedWords();
Controls();
Batch();
Adapters();
SecondModel();

void Words()
{
    ImageRequest request = new("a red fox in snow") { Negative = "blurry", Seed = 7, Steps = steps, Size = size, Sampler = "dpm++2m", Grid = "karras" };
    ImageResult result = model.Generate(request);
    result.Save("fox.png");
}

void Pictures()
{
    RawImage photo = ImageDecoder.Load("photo.png"), mask = ImageDecoder.Load("mask.png");
    ImageRequest request = new("a red fox in snow") { Seed = 7, Steps = steps };
    model.Generate(request with { Task = new ImageToImage(photo) { Strength = 0.6 } }).Save("changed.png");
    model.Generate(request with { Task = new Inpaint(photo, mask) { Padding = 8 } }).Save("inpainted.png");
}

void LearnedWords()
{
    using TextualInversion toy = TextualInversion.Load("toy.safetensors", "<toy>");
    using ImageModel taught = model.With(toy);
    ImageRequest request = new("a (red:1.3) <toy> BREAK in snow") { Syntax = PromptSyntax.Weighted, Seed = 7, Steps = steps, Size = size };
    taught.Generate(request).Save("toy.png");
}

void Controls()
{
    using ControlModel canny = ControlModel.Load("canny", model);
    RawImage edges = ImageDecoder.Load("edges.png");
    ImageRequest request = new("a red fox in snow") { Seed = 7, Steps = steps, Size = size, Controls = [canny.Show(edges, scale: 0.8)] };
    model.Generate(request).Save("drawn.png");
}

void Batch()
{
    ImageRequest request = new("a red fox in snow") { Seed = 7, Steps = steps, Size = size };
    foreach (ImageResult result in model.GenerateBatch([.. request.Repeat(4)])) result.Save($"fox-{result.Recipe.Seed}.png");
}

void Adapters()
{
    using ImageModel plain = ImageModel.Load("sd15-photo");
    using AdapterFile style = AdapterFile.Open("style.safetensors");
    using ImageModel styled = plain.With(new WeightedAdapter(style, 0.8));
    styled.Generate(new("a red fox in snow") { Seed = 7, Steps = steps, Size = size }).Save("styled.png");
}

void SecondModel()
{
    using ImageModel first = ImageModel.Load("sdxl"), second = ImageModel.Load("sdxl-refiner");
    ImageRequest request = new("a red fox in snow") { Seed = 7, Steps = steps, Size = size, Refiner = new(second, SwitchAt: 0.8) };
    first.Generate(request).Save("refined.png");
}
