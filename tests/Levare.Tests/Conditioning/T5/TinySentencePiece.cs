using System.Text;

namespace Levare.Tests.Conditioning.T5;

/// <summary>Writes SentencePiece models, whose fields are short enough for lengths of two bytes.</summary>
internal static class TinySentencePiece
{
    public static IEnumerable<byte> Pieces(params (string Text, float Score, int Kind)[] pieces) => pieces.SelectMany(piece =>
        Message(1, [.. Message(1, Encoding.UTF8.GetBytes(piece.Text)), 2 << 3 | 5, .. BitConverter.GetBytes(piece.Score), .. Number(3, piece.Kind)]));

    public static byte[] Message(int field, byte[] content) => [(byte)(field << 3 | 2), (byte)(content.Length & 0x7F | 0x80), (byte)(content.Length >> 7), .. content];

    public static byte[] Number(int field, int value) => [(byte)(field << 3), (byte)value];
}
