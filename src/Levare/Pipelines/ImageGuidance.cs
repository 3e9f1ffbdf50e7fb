using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Guidance;
using Levare.Networks.Blocks;
using Levare.Pipelines.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>How a run is guided: whether it needs negative conditions, and what is put round the network.</summary>
internal abstract record ImageGuidance
{
    /// <summary>Whether conditions to go away from are needed.</summary>
    public abstract bool NeedsNegative { get; }

    /// <summary>What it adds to the run beside.</summary>
    public virtual RunPart Prepare(TaskContext context) => new();

    /// <summary>The guided denoiser.</summary>
    /// <param name="network">The network, controls included.</param>
    /// <param name="negative">The conditions to go away from, a row for each picture; null where they are not needed.</param>
    /// <param name="schedule">Whose parameterisation some kinds work in.</param>
    public abstract IDenoiser Guide(IDenoiser network, Condition? negative, DiffusersSchedule schedule);

    /// <summary>None: the network as it is told.</summary>
    public sealed record None : ImageGuidance
    {
        public override bool NeedsNegative => false;

        public override IDenoiser Guide(IDenoiser network, Condition? negative, DiffusersSchedule schedule) => network;
    }

    /// <summary>Classifier-free guidance, both conditions in one batch.</summary>
    /// <param name="Scale">1 is none.</param>
    public sealed record ClassifierFree(double Scale) : ImageGuidance
    {
        /// <summary>phi of <see cref="RescaledGuidance"/>; 0 does not rescale.</summary>
        public double Rescale { get; init; }

        /// <summary>It works at noise levels (sigma / alpha) above this one.</summary>
        public double? From { get; init; }

        /// <summary>It works at noise levels (sigma / alpha) up to this one.</summary>
        public double? To { get; init; }

        public override bool NeedsNegative => true;

        public override IDenoiser Guide(IDenoiser network, Condition? negative, DiffusersSchedule schedule)
        {
            BatchedConditionPair pair = new(network, negative!);
            IDenoiser guided = Rescale > 0
                ? new RescaledGuidance(pair, Scale, Rescale, schedule.Parameterisation) : new ClassifierFreeGuidance(pair, Scale);
            return From is null && To is null ? guided : new GuidanceInterval(guided, network, From ?? 0, To ?? double.PositiveInfinity);
        }
    }

    /// <summary>Guidance by words and by a picture, which the network is told as <see cref="ConditionNames.Channels"/>: see <see cref="TwoConditionGuidance"/>.</summary>
    /// <param name="Scale">Of the words; 1 is none.</param>
    /// <param name="PictureScale">Of the picture; 1 is none.</param>
    public sealed record WordsAndPicture(double Scale, double PictureScale) : ImageGuidance
    {
        /// <summary>phi of <see cref="RescaledGuidance"/>; 0 does not rescale.</summary>
        public double Rescale { get; init; }

        public override bool NeedsNegative => true;

        public override IDenoiser Guide(IDenoiser network, Condition? negative, DiffusersSchedule schedule) =>
            new TwoConditionGuidance(network, negative!, ConditionNames.Channels, Scale, PictureScale) { Rescale = Rescale, Output = schedule.Parameterisation };
    }

    /// <summary>Guidance that a network was distilled to be told of, as waves: one row for each picture (Meng et al. 2023; Luo et al. 2023, section 4.2).</summary>
    /// <param name="Scale">1 is none, as in <see cref="ClassifierFree"/>.</param>
    /// <param name="Width">The number of waves.</param>
    public sealed record Embedded(double Scale, int Width) : ImageGuidance
    {
        private const double TimeScale = 1000;

        public override bool NeedsNegative => false;

        public override RunPart Prepare(TaskContext context)
        {
            using PositionalTimeEmbedding waves = new(Width, cosineFirst: false, frequencyShift: 1);
            using Tensor scale = full([context.Batch], (Scale - 1) * TimeScale, dtype: ScalarType.Float32, device: context.Device);
            return new() { Condition = Condition.None.With(ConditionNames.TimestepCondition, context.Keep(waves.call(scale))) };
        }

        public override IDenoiser Guide(IDenoiser network, Condition? negative, DiffusersSchedule schedule) => network;
    }
}
