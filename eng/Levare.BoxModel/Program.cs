using System.CommandLine;
using Levare.BoxModel;
using Levare.Runtime;
using TorchSharp;

NativeTorch.Require();

Option<DirectoryInfo> data = new("--data") { Description = "the folder that eng/box-model/fetch filled", Required = true };
Option<string> output = new("--out") { Description = "the run's folder; a run that is there goes on", Required = true };
Option<string> sketch = new("--sketch") { Description = "the folder of the first stage", Required = true };
Option<long> steps = new("--steps") { Description = "optimiser steps in all", DefaultValueFactory = _ => 100_000 };
Option<int> batch = new("--batch") { Description = "pictures a step", Required = true };
Option<double> rate = new("--rate") { Description = "the highest learning rate", Required = true };
Option<long> every = new("--every") { Description = "steps between checkpoints and sheets", DefaultValueFactory = _ => 500 };
Option<int> threads = new("--threads") { Description = "threads of one operation", DefaultValueFactory = _ => 1 };
Option<string> run = new("--run") { Description = "the folder of the second stage", Required = true };
Option<string> prompts = new("--prompts") { Description = "a file of one prompt a line" };
Option<string> model = new("--model") { Description = "the model folder to write", Required = true };
Option<string> picture = new("--picture") { Description = "the PNG to write", Required = true };

Command first = new("train-sketch", "Stage one: text encoder and sketch.") { data, output, steps, batch, rate, every, threads };
first.SetAction((parsed, cancellation) => Task.Run(() => Open(parsed).TrainSketch(Options(parsed), cancellation), CancellationToken.None));
Command second = new("train", "Stage two: the U-Net round the sketch.") { data, sketch, output, steps, batch, rate, every, threads };
second.SetAction((parsed, cancellation) => Task.Run(() => Open(parsed).TrainUNet(Options(parsed), parsed.GetRequiredValue(sketch), cancellation), CancellationToken.None));
Command export = new("export", "Writes the averages of both stages as a model folder.") { sketch, run, model };
export.SetAction(parsed => ModelExport.Write(parsed.GetRequiredValue(sketch), parsed.GetRequiredValue(run), parsed.GetRequiredValue(model)));
Command look = new("look", "Draws composed scenes of training and prints their captions.") { data, picture };
look.SetAction(parsed => Composed.Write(new SceneComposer(Emoji(parsed), seed: 1), parsed.GetRequiredValue(picture)));
Command draw = new("draw", "Draws a sheet of prompts with a model folder.") { model, picture, prompts };
draw.SetAction(parsed => Sheet.Draw(parsed.GetRequiredValue(model), parsed.GetValue(prompts), parsed.GetRequiredValue(picture)));
return await new RootCommand("Makes the model in the box.") { first, second, export, look, draw }.Parse(args).InvokeAsync();

EmojiSet Emoji(ParseResult parsed) => EmojiSet.Load(parsed.GetRequiredValue(data).FullName);

Runs Open(ParseResult parsed)
{
    torch.set_num_threads(parsed.GetValue(threads));
    // The first weights; all later draws are the trainer's own.
    torch.random.manual_seed(1);
    return new(Emoji(parsed));
}

RunOptions Options(ParseResult parsed) => new(
    parsed.GetRequiredValue(output), parsed.GetValue(steps), parsed.GetValue(batch), parsed.GetValue(rate), parsed.GetValue(every));
