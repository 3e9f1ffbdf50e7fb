return await Levare.Cli.CommandLine.RunAsync(args);
