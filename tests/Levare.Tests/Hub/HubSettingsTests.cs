using Levare.Hub;
using Xunit;

namespace Levare.Tests.Hub;

public sealed class HubSettingsTests
{
    [Theory]
    [InlineData("/home/x/hub", "HF_HOME=/home/x")]
    [InlineData("/cache/huggingface/hub", "XDG_CACHE_HOME=/cache")]
    [InlineData("/other", "HF_HUB_CACHE=/other", "HF_HOME=/home/x")]
    [InlineData("/old", "HUGGINGFACE_HUB_CACHE=/old", "HF_HOME=/home/x")]
    [InlineData("/data/y/hub", "HF_HOME=$DATA/y", "DATA=/data")]
    public void The_cache_is_where_python_has_it(string folder, params string[] variables)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths of Unix");
        Assert.Equal(folder, From(variables).CacheFolder);
    }

    [Fact]
    public void Without_variables_it_is_the_public_hub_and_the_users_cache()
    {
        HubSettings settings = From();
        Assert.Equal(("https://huggingface.co/", false), (settings.Endpoint.AbsoluteUri, settings.Offline));
        Assert.Equal(Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "huggingface", "hub"), settings.CacheFolder);
    }

    [Fact]
    public void The_token_is_the_variables_else_the_files_that_python_writes_else_none()
    {
        using TemporaryFolder home = new();
        home.Write("token", "hf_file\n");
        string at = $"HF_HOME={home.Path}";
        Assert.Equal("hf_variable", From(at, "HF_TOKEN= hf_variable \n").Token);
        Assert.Equal("hf_file", From(at).Token);
        Assert.Null(From(at, "HF_HUB_DISABLE_IMPLICIT_TOKEN=1").Token);
        Assert.Null(From($"HF_HOME={home.File("empty")}").Token);
    }

    [Theory]
    [InlineData("HF_ENDPOINT=hub.example", "HF_ENDPOINT is 'hub.example'")]
    [InlineData("HF_ENDPOINT=file:///etc", "HF_ENDPOINT is 'file:///etc'")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT=soon", "HF_HUB_DOWNLOAD_TIMEOUT is 'soon'")]
    [InlineData("HF_TOKEN=a b", "the token of the hub (HF_TOKEN) has characters that no token has")]
    public void Values_that_cannot_be_used_are_named(string variable, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => From(variable)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1", true)]
    [InlineData("true", true)]
    [InlineData("ON", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void Offline_is_switched_as_in_python(string value, bool offline) => Assert.Equal(offline, From($"HF_HUB_OFFLINE={value}").Offline);

    private static HubSettings From(params string[] variables)
    {
        Dictionary<string, string> values = variables.Select(variable => variable.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return HubSettings.From(values.GetValueOrDefault);
    }
}
