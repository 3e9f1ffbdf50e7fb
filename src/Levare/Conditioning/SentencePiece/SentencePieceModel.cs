using System.Collections.Immutable;
using System.Text;

namespace Levare.Conditioning.SentencePiece;

/// <summary>What a piece of a vocabulary is for.</summary>
internal enum PieceKind
{
    /// <summary>A part of words.</summary>
    Normal = 1,

    /// <summary>What stands for all that the vocabulary lacks.</summary>
    Unknown = 2,

    /// <summary>A sign between model and tokeniser, never found in texts.</summary>
    Control = 3,

    /// <summary>A text that is always one piece.</summary>
    UserDefined = 4,

    /// <summary>A piece that is never used.</summary>
    Unused = 5,

    /// <summary>One byte of what the vocabulary lacks.</summary>
    Byte = 6,
}

/// <summary>A piece.</summary>
/// <param name="Text">Its text, U+2581 for a blank.</param>
/// <param name="Score">The logarithm of its probability.</param>
/// <param name="Kind">What it is for.</param>
internal readonly record struct VocabularyPiece(string Text, float Score, PieceKind Kind);

/// <summary>The contents of a spiece.model file (Kudo and Richardson 2018): pieces, and how texts are normalised.</summary>
/// <param name="Pieces">The vocabulary; a piece's place is its number.</param>
/// <param name="IsUnigram">Whether texts are split by the pieces' probabilities; other kinds of model are not known here.</param>
/// <param name="CharacterMap">The compiled table of replacements; empty for none.</param>
/// <param name="AddsBlank">Whether a blank is put before the text.</param>
/// <param name="RemovesBlanks">Whether blanks at the ends, and all but one of several, are left out.</param>
/// <param name="EscapesBlanks">Whether blanks become U+2581.</param>
internal sealed record SentencePieceModel(
    ImmutableArray<VocabularyPiece> Pieces, bool IsUnigram, ImmutableArray<byte> CharacterMap, bool AddsBlank, bool RemovesBlanks, bool EscapesBlanks)
{
    private const long LargestFile = 64 << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no such model, or of a kind that is not known here.</exception>
    public static SentencePieceModel Read(string path)
    {
        long size = new FileInfo(path).Length;
        if (size > LargestFile) throw new InvalidDataException($"{path} has {size} bytes; at most {LargestFile} are read.");
        try
        {
            SentencePieceModel model = Parse(File.ReadAllBytes(path));
            return model.Pieces.Count(piece => piece.Kind == PieceKind.Unknown) == 1 ? model
                : throw new InvalidDataException("a vocabulary has exactly one piece for what it lacks");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{path} is no SentencePiece model that can be used: {e.Message}.", e);
        }
    }

    private static SentencePieceModel Parse(ReadOnlySpan<byte> file)
    {
        ImmutableArray<VocabularyPiece>.Builder pieces = ImmutableArray.CreateBuilder<VocabularyPiece>();
        SentencePieceModel model = new([], IsUnigram: true, [], AddsBlank: true, RemovesBlanks: true, EscapesBlanks: true);
        ProtobufReader reader = new(file);
        while (reader.Read())
        {
            if (reader.Field == 1) pieces.Add(ParsePiece(reader.Content));
            else if (reader.Field == 2) model = ParseTraining(reader.Content, model);
            else if (reader.Field == 3) model = ParseNormaliser(reader.Content, model);
        }
        return model with { Pieces = pieces.ToImmutable() };
    }

    private static VocabularyPiece ParsePiece(ReadOnlySpan<byte> message)
    {
        VocabularyPiece piece = new("", 0, PieceKind.Normal);
        ProtobufReader reader = new(message);
        while (reader.Read())
            piece = reader.Field switch
            {
                1 => piece with { Text = Encoding.UTF8.GetString(reader.Content) },
                2 => piece with { Score = float.IsFinite(reader.Single) ? reader.Single : throw new InvalidDataException($"the piece '{piece.Text}' has a score that is not finite") },
                3 => piece with { Kind = (PieceKind)reader.Int32 },
                _ => piece,
            };
        return piece;
    }

    private static SentencePieceModel ParseTraining(ReadOnlySpan<byte> message, SentencePieceModel model)
    {
        const int modelType = 3, unigram = 1;
        ProtobufReader reader = new(message);
        while (reader.Read())
            if (reader.Field == modelType) model = model with { IsUnigram = reader.Int32 == unigram };
        return model;
    }

    private static SentencePieceModel ParseNormaliser(ReadOnlySpan<byte> message, SentencePieceModel model)
    {
        ProtobufReader reader = new(message);
        while (reader.Read())
            model = reader.Field switch
            {
                2 => model with { CharacterMap = [.. reader.Content] },
                3 => model with { AddsBlank = reader.Number != 0 },
                4 => model with { RemovesBlanks = reader.Number != 0 },
                5 => model with { EscapesBlanks = reader.Number != 0 },
                _ => model,
            };
        return model;
    }
}
