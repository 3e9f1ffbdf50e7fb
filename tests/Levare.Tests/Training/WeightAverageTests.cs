using System.Globalization;
using Levare.Training;
using Xunit;

namespace Levare.Tests.Training;

public class WeightAverageTests
{
    [Fact]
    public void Names_are_the_same_where_decimals_have_a_comma()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = comma;
            Assert.Equal("warm-up-0.9999-0.667", new WarmUpAverage().Name);
            Assert.Equal("power-0.05", PowerAverage.OfRelativeWidth(0.05).Name);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.10)]
    [InlineData(0.20)]
    public void A_power_average_is_as_wide_as_its_name_says(double width)
    {
        // The share that each step's weights have in the average after all steps, and the standard deviation of that profile in time.
        const int Steps = 4000;
        double[] shares = new double[Steps];
        PowerAverage average = PowerAverage.OfRelativeWidth(width);
        for (int step = 1; step <= Steps; step++)
        {
            double decay = average.Decay(step, 1);
            for (int i = 0; i < step - 1; i++) shares[i] *= decay;
            shares[step - 1] = 1 - decay;
        }
        double mean = shares.Select((share, i) => share * (i + 1)).Sum();
        double deviation = Math.Sqrt(shares.Select((share, i) => share * (i + 1 - mean) * (i + 1 - mean)).Sum());
        Assert.Equal(1, shares.Sum(), 1e-9);
        Assert.Equal(width, deviation / Steps, 2e-3);
    }

    [Fact]
    public void Half_of_an_average_is_older_than_its_half_life()
    {
        HalfLifeAverage average = new(1000, RampUp: null);
        Assert.Equal(0.5, Math.Pow(average.Decay(500, 20), 50), 1e-12);
        // With a ramp the first steps forget faster.
        Assert.True(new HalfLifeAverage(1000).Decay(10, 20) < average.Decay(10, 20));
        Assert.Equal(average.Decay(5000, 20), new HalfLifeAverage(1000).Decay(5000, 20), 1e-12);
    }

    [Fact]
    public void The_first_update_takes_the_weights_themselves()
    {
        foreach (WeightAverage average in new WeightAverage[] { new ExponentialAverage(), new WarmUpAverage(), new PowerAverage(7) })
            Assert.Equal(0, average.Decay(1, 32));
    }

    [Fact]
    public void A_width_that_no_power_has_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => PowerAverage.OfRelativeWidth(0.5));
}
