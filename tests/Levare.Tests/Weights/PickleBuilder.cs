using System.IO.Compression;
using System.Text;

namespace Levare.Tests.Weights;

/// <summary>Writes pickles opcode by opcode, as an attacker would, and packs them as torch does.</summary>
internal sealed class PickleBuilder
{
    private readonly List<byte> _content = [0x80, 2];

    public PickleBuilder Op(params byte[] bytes)
    {
        _content.AddRange(bytes);
        return this;
    }

    public PickleBuilder Op(char opcode, params byte[] argument) => Op([(byte)opcode, .. argument]);

    public PickleBuilder Global(string module, string name) => Op('c').Op(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));

    public PickleBuilder Text(string text) => Op('X').Op(BitConverter.GetBytes(Encoding.UTF8.GetByteCount(text))).Op(Encoding.UTF8.GetBytes(text));

    public PickleBuilder Number(long value) => Op(0x8a, 8).Op(BitConverter.GetBytes(value));

    public PickleBuilder Tuple(params long[] values)
    {
        Op('(');
        foreach (long value in values) Number(value);
        return Op('t');
    }

    /// <summary>torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, False, OrderedDict()).</summary>
    public PickleBuilder Tensor(string key, long elements, long offset, long[] shape, long[] strides, string storage = "FloatStorage") =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(elements).Op('t').Op('Q')
            .Number(offset).Tuple(shape).Tuple(strides).Op(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    /// <summary>A dictionary of one entry, whose value the function writes.</summary>
    public PickleBuilder Entry(string key, Func<PickleBuilder, PickleBuilder> value) => value(Op('}').Text(key)).Op('s');

    public byte[] Stop() => [.. _content, (byte)'.'];

    public static byte[] Archive(byte[] pickle, params (string Name, byte[] Content)[] entries) => Archive(CompressionLevel.NoCompression, pickle, entries);

    public static byte[] Archive(CompressionLevel level, byte[] pickle, params (string Name, byte[] Content)[] entries)
    {
        using MemoryStream stream = new();
        using (ZipArchive zip = new(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries.Prepend(("model/data.pkl", pickle)))
            {
                using Stream entry = zip.CreateEntry(name, level).Open();
                entry.Write(content);
            }
        }
        return stream.ToArray();
    }
}
