using System.Collections.Immutable;
using Levare.Conditioning;
using Levare.Conditioning.Prompts;
using Levare.Pipelines.Tasks;

namespace Levare.Pipelines.Prompts;

/// <summary>Turns the words of a batch, and what else a model wants to be told of it, into conditions. Thread-safe.</summary>
internal interface IBatchConditioner : IDisposable
{
    /// <summary>The conditions of a batch, one row for each prompt; they are then the caller's.</summary>
    /// <exception cref="ArgumentException">A prompt means nothing to this model, or is guided where the model was not trained for it.</exception>
    PromptConditions Encode(ConditioningRequest request);

    /// <summary>What reads the prompts, where that is CLIP's text encoders; else null.</summary>
    PromptEncoder? Encoder => null;

    /// <summary>This conditioner with other text encoders, which stay their owner's.</summary>
    /// <exception cref="NotSupportedException">It has none.</exception>
    IBatchConditioner With(PromptEncoder encoder) => throw new NotSupportedException("This model reads no prompts by text encoders.");

    /// <summary>The words of a prompt that mean nothing to the model and are passed over; empty where every word counts.</summary>
    IReadOnlyList<string> Unknown(string prompt) => [];
}

/// <summary>What conditions are wanted for.</summary>
internal sealed record ConditioningRequest
{
    /// <summary>The prompts, one for each row.</summary>
    public required ImmutableArray<ImagePrompt> Prompts { get; init; }

    /// <summary>Whether negative conditions are needed.</summary>
    public required bool NeedsNegative { get; init; }

    /// <summary>The pictures' size.</summary>
    public required ImageSize Size { get; init; }

    /// <summary>How many of the text encoder's last layers are left out for the positive prompt; null for none beyond the model's habit.</summary>
    public int? ClipSkip { get; init; }

    /// <summary>How the prompts are read.</summary>
    public PromptSyntax Syntax { get; init; }

    /// <summary>What the model is told of the picture's place, where it knows of it.</summary>
    public MicroConditioning Micro { get; init; } = new();

    /// <summary>What is made: some models are told of its pictures.</summary>
    public required ImageTask Task { get; init; }

    /// <summary>Refuses what only CLIP's text encoders know.</summary>
    /// <exception cref="RequestException">It was asked for.</exception>
    public void RequireNothingOfTextEncoders()
    {
        if (ClipSkip is not null) throw new RequestException("this model has no text encoder whose layers could be left out: ask for no clip skip.");
        if (Syntax != PromptSyntax.Plain) throw new RequestException($"this model has no text encoder that could weigh words: leave out the syntax {Syntax}.");
        RequireNothingOfTwoTextEncoders();
    }

    /// <summary>Refuses what only SDXL and its kin know.</summary>
    /// <exception cref="RequestException">It was asked for.</exception>
    public void RequireNothingOfTwoTextEncoders()
    {
        if (Prompts.Any(prompt => !string.IsNullOrEmpty(prompt.Second) || !string.IsNullOrEmpty(prompt.SecondNegative)))
            throw new RequestException("this model has no second text encoder: leave out the prompts for one.");
        if (Micro != new MicroConditioning()) throw new RequestException("this model is not told of sizes, crops and scores: leave them out.");
    }
}

/// <summary>What a network is told.</summary>
/// <param name="Positive">What to go towards, a row for each prompt.</param>
/// <param name="Negative">What to go away from, with the same names and rows; null where nobody asked for it.</param>
internal readonly record struct PromptConditions(Condition Positive, Condition? Negative)
{
    /// <summary>What was cut from prompts that were too long; empty where all fitted.</summary>
    public ImmutableArray<string> Dropped { get; init; } = [];
}
