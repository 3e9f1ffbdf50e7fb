using Levare.Conditioning;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Levare.Tests.Conditioning;

public sealed class ConditionTests
{
    [Fact]
    public void Conditions_are_joined_name_by_name_in_their_order()
    {
        using DisposeScope scope = NewDisposeScope();
        Condition first = Condition.None.With("b", tensor(new[] { 1L })).With("a", tensor(new[] { 2L }));
        Condition second = Condition.None.With("a", tensor(new[] { 4L })).With("b", tensor(new[] { 3L }));
        Condition joined = Condition.Concatenate(first, second);
        Assert.Equal([1L, 3L], joined["b"].data<long>().ToArray());
        Assert.Equal([2L, 4L], joined["a"].data<long>().ToArray());
    }

    [Fact]
    public void Conditions_of_other_names_do_not_go_into_one_batch()
    {
        using Tensor one = ones(1);
        Assert.Throws<ArgumentException>(() => Condition.Concatenate(Condition.None.With("a", one), Condition.None.With("b", one)));
    }

    [Fact]
    public void A_name_that_is_missing_is_told_with_those_that_are_there()
    {
        using Tensor one = ones(1);
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => Condition.None.With("words", one)["class_labels"]);
        Assert.Contains("class_labels", error.Message, StringComparison.Ordinal);
        Assert.Contains("words", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_stays_as_it_is_when_another_is_made_of_it()
    {
        using Tensor one = ones(1), two = ones(1) * 2;
        Condition condition = Condition.None.With("a", one);
        _ = condition.With("a", two);
        Assert.Same(one, condition["a"]);
    }
}
