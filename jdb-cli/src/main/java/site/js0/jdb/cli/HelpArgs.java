package site.js0.jdb.cli;

import picocli.CommandLine.Option;

/** The option that shows a command's help; picocli acts on it. */
final class HelpArgs {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean asked;
}
