using System.Buffers.Binary;
using System.IO.Compression;
using Levare.Data;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace Levare.Tests.Data;

public sealed class ImageSourcesTests
{
    [Fact]
    public void A_text_file_of_the_same_name_is_the_caption()
    {
        using TemporaryFolder folder = new();
        folder.Write("b.png", TestPictures.Png(1, 1, 1));
        folder.Write("a.png", TestPictures.Png(2, 2, 2));
        folder.Write("a.txt", " a thing \n");
        folder.Write("notes.md", "no picture");
        ImageExample[] examples = [.. ImageSources.Open(folder.Path).Train.Read()];
        Assert.Equal(["a thing", null], examples.Select(e => e.Caption));
        Assert.Equal(2, examples[0].Decode(1000).Bytes[0]);
    }

    [Theory]
    [InlineData("metadata.jsonl", "{\"file_name\":\"x/a.png\",\"text\":\"one, \\\"two\\\"\",\"label\":\"cat\"}\n\n{\"file_name\":\"b.png\",\"text\":\"three\",\"label\":\"ant\"}\n")]
    [InlineData("metadata.csv", "file_name,label,caption\r\nx/a.png,cat,\"one, \"\"two\"\"\"\r\nb.png,ant,three\r\n")]
    public void A_metadata_file_gives_captions_and_classes(string name, string text)
    {
        using TemporaryFolder folder = new();
        folder.Write("x/a.png", TestPictures.Png(1, 1, 1));
        folder.Write("b.png", TestPictures.Png(2, 2, 2));
        folder.Write(name, text);
        IImageSource source = ImageSources.Open(folder.Path).Train;
        Assert.Equal(["ant", "cat"], source.ClassNames);
        Assert.Equal([("three", 0), ("one, \"two\"", 1)], source.Read().Select(e => (e.Caption!, e.Label!.Value)));
    }

    [Fact]
    public void A_broken_metadata_file_is_named_with_its_line()
    {
        using TemporaryFolder folder = new();
        folder.Write("a.png", TestPictures.Png(1, 1, 1));
        folder.Write("metadata.jsonl", "{\"file_name\":\"a.png\"}\n{\"file\":\"b.png\"}\n");
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => new ImageFolder(folder.Path));
        Assert.Contains("line 2", error.Message);
        Assert.Contains("file_name", error.Message);
    }

    [Fact]
    public void Sub_folders_are_classes_and_numbers_sort_as_numbers()
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "10", "2", "1" }) folder.Write($"{name}/p.png", TestPictures.Png(byte.Parse(name), 0, 0));
        IImageSource source = ImageSources.Open(folder.Path).Train;
        Assert.Equal(["1", "2", "10"], source.ClassNames);
        Assert.All(source.Read(), e => Assert.Equal(source.ClassNames[e.Label!.Value], $"{e.Decode(1000).Bytes[0]}"));
    }

    [Fact]
    public void Folders_train_and_test_are_two_parts()
    {
        using TemporaryFolder folder = new();
        folder.Write("train/a/p.png", TestPictures.Png(1, 0, 0));
        folder.Write("train/b/p.png", TestPictures.Png(1, 0, 0));
        folder.Write("test/a/p.png", TestPictures.Png(1, 0, 0));
        ImageSplits splits = ImageSources.Open(folder.Path);
        Assert.Equal((2, 1), (splits.Train.Read().Count(), splits.HeldOut!.Read().Count()));
    }

    [Fact]
    public void An_empty_folder_says_what_was_looked_for()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(".png", Assert.Throws<InvalidDataException>(() => ImageSources.Open(folder.Path)).Message);
    }

    [Fact]
    public void Idx_files_give_pictures_and_labels()
    {
        using TemporaryFolder folder = new();
        folder.Write("train-images-idx3-ubyte.gz", Zip([0, 0, 8, 3, .. BigEndian(2, 2, 3), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
        folder.Write("train-labels-idx1-ubyte.gz", Zip([0, 0, 8, 1, .. BigEndian(2), 7, 0]));
        folder.Write("t10k-images-idx3-ubyte", [0, 0, 8, 3, .. BigEndian(1, 1, 1), 99]);
        ImageSplits splits = ImageSources.Open(folder.Path);
        ImageExample[] train = [.. splits.Train.Read()];
        Assert.Equal([7, 0], train.Select(e => e.Label!.Value));
        RawImage second = train[1].Decode(100);
        Assert.Equal((3, 2, 1), (second.Width, second.Height, second.Channels));
        Assert.Equal([7, 8, 9, 10, 11, 12], second.Bytes);
        Assert.Equal(99, splits.HeldOut!.Read().Single().Decode(100).Bytes[0]);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5 }, "ends within picture 1 of 2")]
    [InlineData(new byte[] { 0, 0, 8, 3, 0, 0, 0, 1, 127, 255, 255, 255, 127, 255, 255, 255 }, "claims pictures of")]
    [InlineData(new byte[] { 0, 0, 13, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1 }, "no idx file")]
    [InlineData(new byte[] { 0, 0, 8 }, "ends within its header")]
    public void Broken_idx_files_say_where(byte[] bytes, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("x-images-idx3-ubyte", bytes);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => new IdxImages(path, null).Read().ToArray()).Message);
    }

    [Fact]
    public async Task Parquet_files_as_the_hub_stores_them_give_pictures_labels_and_captions()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "train-00000-of-00001.parquet");
        DataField<byte[]> bytes = new("bytes", nullable: true);
        DataField<long?> label = new("label");
        DataField<string> text = new("text");
        StructField image = new("image", bytes, new DataField<string>("path"));
        await using (FileStream stream = File.Create(path))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(image, label, text), stream))
        {
            writer.CustomMetadata = new Dictionary<string, string>
            {
                ["huggingface"] = "{\"info\":{\"features\":{\"label\":{\"names\":[\"cat\",\"dog\"],\"_type\":\"ClassLabel\"}}}}",
            };
            for (byte group = 0; group < 2; group++)
            {
                using ParquetRowGroupWriter rows = writer.CreateRowGroup();
                await rows.WriteAsync(bytes, [TestPictures.Png((byte)(10 + group), 0, 0), TestPictures.Png((byte)(20 + group), 0, 0)]);
                await rows.WriteAsync((DataField)image.Fields[1], new string[] { "a", "b" });
                await rows.WriteAsync<long>(label, new long?[] { group, null }.AsMemory());
                await rows.WriteAsync(text, new string[] { $"text {group}", "other" });
            }
        }
        IImageSource source = ImageSources.Open(folder.Path).Train;
        Assert.Equal(["cat", "dog"], source.ClassNames);
        ImageExample[] examples = [.. source.Read()];
        Assert.Equal(new int?[] { 0, null, 1, null }, examples.Select(e => e.Label));
        Assert.Equal(["text 0", "other", "text 1", "other"], examples.Select(e => e.Caption));
        Assert.Equal([10, 20, 11, 21], examples.Select(e => e.Decode(1000).Bytes[0]));
    }

    [Fact]
    public void A_file_that_is_no_parquet_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("x.parquet", "PAR1 is not enough, PAR1");
        Assert.Contains("x.parquet", Assert.Throws<InvalidDataException>(() => ImageSources.Open(path)).Message);
    }

    private static byte[] BigEndian(params int[] values) => [.. values.SelectMany(value =>
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    })];

    private static byte[] Zip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream zip = new(packed, CompressionLevel.Fastest)) zip.Write(bytes);
        return packed.ToArray();
    }
}
