using Levare.Compatibility;
using Levare.Conditioning;
using Levare.Denoisers;
using Levare.Guidance;
using Levare.Networks.Attention;
using Levare.Networks.Blocks;
using Levare.Paths;
using Levare.Pipelines.Controls;
using Levare.Pipelines.Tasks;
using TorchSharp;
using static TorchSharp.torch;

namespace Levare.Pipelines;

/// <summary>How a run is guided: whether it needs negative conditions, and what is put round the network.</summary>
internal abstract record ImageGuidance
{
    /// <summary>Whether conditions to go away from are needed.</summary>
    public abstract bool NeedsNegative { get; }

    /// <summary>Rows of an evaluation for each picture.</summary>
    public virtual int RowsOfPicture => NeedsNegative ? 2 : 1;

    /// <summary>How many rows of an evaluation have to go through the network together.</summary>
    /// <param name="rows">All of them.</param>
    public virtual int RowsTogether(int rows) => 1;

    /// <summary>What it adds to the run beside.</summary>
    public virtual RunPart Prepare(TaskContext context) => new();

    /// <summary>The guided denoiser.</summary>
    /// <param name="network">The run's network, controls included.</param>
    /// <param name="negative">The conditions to go away from, a row for each picture; null where they are not needed.</param>
    /// <param name="schedule">Whose parameterisation some kinds work in.</param>
    public abstract IDenoiser Guide(RunNetwork network, Condition? negative, DiffusersSchedule schedule);

    /// <summary>None: the network as it is told.</summary>
    public sealed record None : ImageGuidance
    {
        public override bool NeedsNegative => false;

        public override IDenoiser Guide(RunNetwork network, Condition? negative, DiffusersSchedule schedule) => network.Plain;
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

        /// <summary>The scale at a noise level: 1 outside of the interval.</summary>
        public double ScaleAt(NoiseLevel level) => level.Ratio > (From ?? double.NegativeInfinity) && level.Ratio <= (To ?? double.PositiveInfinity) ? Scale : 1;

        public override IDenoiser Guide(RunNetwork network, Condition? negative, DiffusersSchedule schedule)
        {
            IDenoiser plain = network.Plain;
            BatchedConditionPair pair = new(plain, negative!);
            IDenoiser guided = Rescale > 0
                ? new RescaledGuidance(pair, Scale, Rescale, schedule.Parameterisation) : new ClassifierFreeGuidance(pair, Scale);
            return From is null && To is null ? guided : new GuidanceInterval(guided, plain, From ?? 0, To ?? double.PositiveInfinity);
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

        public override int RowsOfPicture => 3;

        public override IDenoiser Guide(RunNetwork network, Condition? negative, DiffusersSchedule schedule) =>
            new TwoConditionGuidance(network.Plain, negative!, ConditionNames.Channels, Scale, PictureScale) { Rescale = Rescale, Output = schedule.Parameterisation };
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

        public override IDenoiser Guide(RunNetwork network, Condition? negative, DiffusersSchedule schedule) => network.Plain;
    }

    /// <summary>Guidance by disturbed attention beside another kind.</summary>
    /// <param name="Words">The other kind: classifier-free guidance, or none from outside.</param>
    public abstract record ByAttention(ImageGuidance Words) : ImageGuidance
    {
        public override bool NeedsNegative => Words.NeedsNegative;

        public override RunPart Prepare(TaskContext context) => Words.Prepare(context);

        /// <summary>The estimates of guidance by words: both, or the positive one alone where it has no negative.</summary>
        protected IGuidancePair Pair(IDenoiser network, Condition? negative) => Words switch
        {
            ClassifierFree => new BatchedConditionPair(network, negative!),
            WordsAndPicture => throw new RequestException("guidance by attention goes with guidance by words, not with that by words and a picture."),
            _ => new DenoiserPair(network, network),
        };

        /// <summary>The scale of guidance by words at a level; 1 is none.</summary>
        protected double ScaleOfWords(NoiseLevel level) => Words is ClassifierFree free ? free.ScaleAt(level) : 1;
    }

    /// <summary>Perturbed-attention guidance: see <see cref="PerturbedAttention"/>.</summary>
    /// <param name="Words">Guidance by words.</param>
    /// <param name="Scale">At the first timestep of training.</param>
    /// <param name="Layers">Those that are disturbed.</param>
    public sealed record Perturbed(ImageGuidance Words, double Scale, AttentionSelection Layers) : ByAttention(Words)
    {
        /// <summary>By how much the scale falls for each timestep of training, down to 0.</summary>
        public double Fall { get; init; }

        /// <summary>The number of timesteps of training.</summary>
        public required int TrainTimesteps { get; init; }

        public override IDenoiser Guide(RunNetwork network, Condition? negative, DiffusersSchedule schedule) =>
            new PerturbedPairGuidance(Pair(network.Plain, negative), network.With(inside => inside with { IdentityAttention = Layers }))
            {
                Scale = ScaleOfWords,
                PerturbedScale = level => Fall == 0 ? Scale : Math.Max(Scale - Fall * (TrainTimesteps - level.Time), 0),
                Rescale = Words is ClassifierFree free ? free.Rescale : 0,
                Output = schedule.Parameterisation,
            };
    }

    /// <summary>Self-attention guidance: see <see cref="SelfAttention"/>.</summary>
    /// <param name="Words">Guidance by words.</param>
    /// <param name="Scale">0 is none.</param>
    public sealed record SelfAttentive(ImageGuidance Words, double Scale) : ByAttention(Words)
    {
        // The probe sees one evaluation.
        public override int RowsTogether(int rows) => rows;

        public override IDenoiser Guide(RunNetwork network, Condition? negative, DiffusersSchedule schedule)
        {
            if (Words is ClassifierFree { Rescale: > 0 }) throw new RequestException("self-attention guidance is not rescaled: leave the rescale at 0.");
            AttentionProbe probe = new(AttentionProbe.MiddleLayer);
            return new DegradedPairGuidance(Pair(network.With(inside => inside with { Probe = probe }), negative), network.Plain, probe, negative, schedule.Parameterisation)
            {
                Scale = ScaleOfWords, DegradedScale = Scale,
            };
        }
    }
}
