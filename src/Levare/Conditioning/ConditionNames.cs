namespace Levare.Conditioning;

/// <summary>The names under which networks look for their conditions; the same as diffusers' arguments where it has them.</summary>
public static class ConditionNames
{
    /// <summary>Classes: [batch] of whole numbers, or what the network's class embedding says.</summary>
    public const string ClassLabels = "class_labels";
}
