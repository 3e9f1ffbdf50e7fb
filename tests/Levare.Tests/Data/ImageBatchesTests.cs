using CsCheck;
using Levare.Conditioning;
using Levare.Data;
using Levare.Training;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Data;

public sealed class ImageBatchesTests
{
    private static readonly Augmentation Everything = new(Flip: true, Crop: 0.5, Colour: 0.3);

    [Fact]
    public void An_epoch_sees_every_picture_once_in_an_order_of_its_own()
    {
        using ImageSet images = TestPictures.Numbered(50);
        ImageBatches batches = new(images, null, 10, 2, Augmentation.None, new NoImageCondition(), seed: 3);
        int[] first = [.. Enumerable.Range(0, 5).SelectMany(step => Numbers(batches, step))], second = [.. Enumerable.Range(5, 5).SelectMany(step => Numbers(batches, step))];
        Assert.Equal(Enumerable.Range(0, 50), first.Order());
        Assert.Equal(Enumerable.Range(0, 50), second.Order());
        Assert.NotEqual(first, second);
        Assert.NotEqual(Enumerable.Range(0, 50), first);
    }

    [Fact]
    public void A_batch_is_a_function_of_seed_and_number() => Gen.Select(Gen.Int[0, 1000], Gen.Long).Sample((number, seed) =>
    {
        using ImageSet images = TestPictures.Numbered(30, size: 8);
        ImageBatches one = new(images, null, 4, 4, Everything, new NoImageCondition(), seed), other = new(images, null, 4, 4, Everything, new NoImageCondition(), seed);
        other.Read(number + 7).Data.Dispose();
        using Tensor a = one.Read(number).Data, b = other.Read(number).Data;
        Assert.True(a.Equals(b));
    }, iter: 20);

    [Fact]
    public void Labels_follow_their_pictures()
    {
        using ImageSet images = TestPictures.Numbered(30, classes: 3);
        TrainingBatch batch = new ImageBatches(images, null, 16, 2, Augmentation.None, new ClassCondition(), 1).Read(2);
        long[] labels = batch.Condition[ConditionNames.ClassLabels].data<long>().ToArray();
        Assert.Equal(Values(batch.Data).Select(value => (long)value % 3), labels);
    }

    [Fact]
    public void Only_the_chosen_pictures_are_drawn()
    {
        using ImageSet images = TestPictures.Numbered(30);
        ImageBatches batches = new(images, [4, 9, 17], 6, 2, Augmentation.None, new NoImageCondition(), 1);
        Assert.Equal([4, 4, 9, 9, 17, 17], Numbers(batches, 5).Order());
    }

    [Fact]
    public void Prefetched_batches_are_those_of_the_source_in_any_order()
    {
        using ImageSet images = TestPictures.Numbered(30, size: 8);
        ImageBatches source = new(images, null, 4, 4, Everything, new NoImageCondition(), 5);
        using PrefetchedBatches ahead = new(source, 3);
        foreach (long number in new long[] { 0, 1, 2, 3, 17, 18, 4, 5, 5, 0 })
        {
            using Tensor expected = source.Read(number).Data, actual = ahead.Read(number).Data;
            Assert.True(expected.Equals(actual), $"batch {number}");
        }
    }

    [Fact]
    public void An_error_in_the_background_reaches_who_asks_for_that_batch()
    {
        using PrefetchedBatches ahead = new(new Failing(), 2);
        ahead.Read(0).Data.Dispose();
        Assert.Throws<InvalidDataException>(() => ahead.Read(1));
    }

    [Fact]
    public void A_flip_mirrors_and_nothing_else()
    {
        byte[] row = [0, 100, 255];
        HashSet<string> seen = [];
        for (int i = 0; i < 40; i++)
        {
            float[] result = new float[9];
            new Augmentation(Flip: true).Apply([.. row, .. row, .. row], 3, result, 3, new SeededRandom(i));
            seen.Add(string.Join(" ", result[..3].Select(value => Math.Round((value + 1) * 127.5))));
        }
        Assert.Equal(["0 100 255", "255 100 0"], seen.Order());
    }

    [Fact]
    public void A_crop_visits_every_place()
    {
        byte[] planes = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        HashSet<int> corners = [];
        for (int i = 0; i < 200; i++)
        {
            float[] result = new float[4];
            new Augmentation(Crop: 0.5).Apply(planes, 4, result, 2, new SeededRandom(i));
            corners.Add((int)Math.Round((result[0] + 1) * 127.5));
        }
        Assert.Equal([0, 1, 2, 4, 5, 6, 8, 9, 10], corners.Order());
        Assert.Equal(4, new Augmentation(Crop: 0.5).PreparedSize(2));
    }

    [Fact]
    public void Colours_vary_within_the_range_and_stay_valid()
    {
        byte[] planes = [200, 100, 50];
        float[][] results = [.. Enumerable.Range(0, 50).Select(i =>
        {
            float[] result = new float[3];
            new Augmentation(Colour: 0.4).Apply(planes, 1, result, 1, new SeededRandom(i));
            return result;
        })];
        Assert.All(results.SelectMany(r => r), value => Assert.InRange(value, -1, 1));
        Assert.True(results.Select(r => r[0]).Distinct().Count() > 40);
    }

    private static IEnumerable<int> Numbers(ImageBatches batches, long step)
    {
        using Tensor data = batches.Read(step).Data;
        return Values(data);
    }

    private static int[] Values(Tensor data) => [.. Enumerable.Range(0, (int)data.shape[0]).Select(i => (int)Math.Round((data[i, 0, 0, 0].item<float>() + 1) * 127.5))];

    private sealed class Failing : IBatchSource
    {
        public TrainingBatch Read(long number) =>
            number == 0 ? new(zeros(1), Levare.Conditioning.Condition.None) : throw new InvalidDataException($"batch {number}");
    }
}
